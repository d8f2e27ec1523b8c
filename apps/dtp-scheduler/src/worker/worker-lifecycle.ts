import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { DtpConfig, within } from '@taskpilot/platform';
import { CancelWatch } from './cancel-watch.ts';
import { EndRecorder } from './end-recorder.ts';
import { ExecutionSlots } from './execution-slots.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import { TaskExecutor } from './task-executor.ts';
import { WorkerLoop } from './worker-loop.ts';

/** How long handlers have to heed the drain's signal. */
const ABORT_GRACE_MS = 1_000;
/** How long the last writes may take: the database may be away. */
const LAST_WRITES_MS = 5_000;

/** Starts the worker with the application and drains it before the application shuts down. */
@Injectable()
export class WorkerLifecycle implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(WorkerLifecycle.name);

  constructor(
    private readonly lease: LeaseKeeper,
    private readonly loop: WorkerLoop,
    private readonly cancels: CancelWatch,
    private readonly slots: ExecutionSlots,
    private readonly executor: TaskExecutor,
    private readonly recorder: EndRecorder,
    private readonly config: DtpConfig,
  ) {}

  onApplicationBootstrap(): void {
    this.lease.start();
    this.loop.start();
    this.cancels.start();
  }

  /** The HTTP server still answers meanwhile, as not ready; the database pool closes after this. */
  async beforeApplicationShutdown(): Promise<void> {
    const { running, waiting } = this.slots.figures;
    this.logger.log(`Draining: ${waiting} tasks are handed back, ${running} have ${this.config.drainMs} ms to finish.`);
    this.slots.close();
    const stopped = this.loop.stop();
    await within(this.config.drainMs, this.slots.settled());
    for (const attempt of this.slots.attempts()) this.executor.stop(attempt, 'drain');
    await within(ABORT_GRACE_MS, this.slots.settled());
    for (const attempt of this.slots.attempts()) this.executor.release(attempt);
    await within(LAST_WRITES_MS, Promise.all([stopped, this.cancels.stop(), this.recorder.flushed()]));
    await within(LAST_WRITES_MS, this.lease.close());
  }
}
