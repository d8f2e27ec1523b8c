import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { TaskPilotConfig } from '@taskpilot/platform';
import { BindingDriver } from './binding-driver.ts';
import { BindingStore } from './binding-store.ts';
import { type BatchTally, SlowStart } from './slow-start.ts';
import type { Binding } from './statements/binding-row.ts';

const RECONCILE = 'reconcile bindings';
const CONCURRENCY = 32;

/**
 * Drives on every BINDING that is due, whoever left it there: a crash, a lost answer, a DTP that was away. Runs in every
 * replica, without a leader: what one has taken, the others skip.
 */
@Injectable()
export class BindingReconciler implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(BindingReconciler.name);
  private readonly slowStart = new SlowStart();
  private round: Promise<void> | null = null;
  private isStopped = false;
  private resumeAt = 0;

  constructor(
    private readonly store: BindingStore,
    private readonly driver: BindingDriver,
    private readonly timers: SchedulerRegistry,
    private readonly config: TaskPilotConfig,
  ) {}

  onApplicationBootstrap(): void {
    this.timers.addInterval(
      RECONCILE,
      setInterval(() => this.tick(), this.config.reconcileMs),
    );
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.isStopped = true;
    await this.round;
  }

  /** Never overlaps itself. */
  private tick(): void {
    if (this.round || this.isStopped || performance.now() < this.resumeAt) return;
    this.round = this.reconcile()
      .catch((error: unknown) => this.logger.warn('reconciling failed, and will be tried again', { err: error }))
      .finally(() => {
        this.round = null;
      });
  }

  /** Until nothing is due, or DTP is away. */
  private async reconcile(): Promise<void> {
    for (;;) {
      const { size } = this.slowStart;
      const taken = await this.store.takeDue(size);
      if (taken.length === 0) return;
      const tally = await this.driveAll(taken);
      if (this.slowStart.learn(tally)) {
        this.resumeAt = performance.now() + this.config.reconcileMs * (1 + Math.random());
        return;
      }
      if (taken.length < size || this.isStopped) return;
    }
  }

  /**
   * Leaves the rest of a batch, which comes due again, once DTP turns out to be away, the process ends, or the batch
   * takes so long that another replica would soon take it too.
   */
  private async driveAll(bindings: readonly Binding[]): Promise<BatchTally> {
    const tally = { settled: 0, away: 0 };
    const deadline = performance.now() + this.config.dtpTimeoutMs;
    // Shared by the lanes: an array's iterator goes on where another lane, or an early return, has left it.
    const queue = bindings.values();
    const lane = async (): Promise<void> => {
      for (const binding of queue) {
        const outcome = await this.driver.drive(binding);
        if (outcome.kind !== 'unsettled') tally.settled++;
        else if (outcome.isAway) tally.away++;
        if (this.isStopped || tally.away > tally.settled || performance.now() > deadline) return;
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, lane));
    return tally;
  }
}
