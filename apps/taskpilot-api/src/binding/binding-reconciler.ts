import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { TaskPilotConfig } from '@taskpilot/platform';
import { BindingDriver } from './binding-driver.ts';
import { BindingStore } from './binding-store.ts';
import { type BatchTally, SlowStart } from './slow-start.ts';
import type { Binding } from './statements/binding-row.ts';

const RECONCILE = 'reconcile bindings';

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

  /** All at once: they share calls to DTP, and commits. */
  private async driveAll(bindings: readonly Binding[]): Promise<BatchTally> {
    const outcomes = await Promise.all(bindings.map((binding) => this.driver.drive(binding)));
    const unsettled = outcomes.filter((outcome) => outcome.kind === 'unsettled');
    return { settled: outcomes.length - unsettled.length, away: unsettled.filter(({ isAway }) => isAway).length };
  }
}
