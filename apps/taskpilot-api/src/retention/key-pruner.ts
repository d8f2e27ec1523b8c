import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { TypeOrmSql } from '@taskpilot/platform';
import { forgetKeys } from './forget-keys.ts';

const PRUNE = 'prune idempotency keys';
const EVERY_MS = 60_000;

/** Forgets old idempotency keys, a step a minute, in every replica: each walks on its own, and no step takes long. */
@Injectable()
export class KeyPruner implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(KeyPruner.name);
  private step: Promise<void> | null = null;
  private last: string | null = null;

  constructor(
    private readonly sql: TypeOrmSql,
    private readonly timers: SchedulerRegistry,
  ) {}

  onApplicationBootstrap(): void {
    this.timers.addInterval(
      PRUNE,
      setInterval(() => this.tick(), EVERY_MS),
    );
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.timers.deleteInterval(PRUNE);
    await this.step;
  }

  private tick(): void {
    this.step ??= this.prune().finally(() => {
      this.step = null;
    });
  }

  private async prune(): Promise<void> {
    try {
      this.last = await forgetKeys(this.sql, this.last);
    } catch (error) {
      this.logger.warn('old idempotency keys could not be removed; the next step tries again', { err: error });
    }
  }
}
