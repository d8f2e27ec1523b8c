import { Injectable } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { SteadyInterval } from '../pacing/steady-interval.ts';
import { QueueHints, TaskQueue } from '../queue/task-queue.ts';
import { HeldAttempts } from './held-attempts.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import { TaskExecutor } from './task-executor.ts';

/** A handler learns of a cancel within a second even where no hint arrives. */
const EVERY_MS = 750;

/** Tells handlers that their task is being cancelled. */
@Injectable()
export class CancelWatch {
  private readonly interval: SteadyInterval;
  private unsubscribe: () => void = () => undefined;

  constructor(
    private readonly queue: TaskQueue,
    private readonly hints: QueueHints,
    private readonly lease: LeaseKeeper,
    private readonly held: HeldAttempts,
    private readonly executor: TaskExecutor,
    scheduler: SchedulerRegistry,
  ) {
    this.interval = new SteadyInterval({ name: 'cancel-watch', everyMs: EVERY_MS, run: () => this.look() }, scheduler);
  }

  start(): void {
    this.unsubscribe = this.hints.onCancelling(() => this.interval.wake());
    this.interval.start();
  }

  async stop(): Promise<void> {
    this.unsubscribe();
    await this.interval.stop();
  }

  private async look(): Promise<void> {
    const { workerId } = this.lease;
    if (workerId === null || this.held.size === 0) return;
    for (const ref of await this.queue.cancelling(workerId)) {
      const attempt = this.held.find(ref);
      if (attempt) this.executor.stop(attempt, 'cancel');
    }
  }
}
