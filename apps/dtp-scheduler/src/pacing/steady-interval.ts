import { Logger } from '@nestjs/common';
import type { SchedulerRegistry } from '@nestjs/schedule';
import { RateLimitedLog } from '@taskpilot/platform';
import { failurePauseMs } from './failure-pause.ts';

export interface SteadyWork {
  /** Its name in the scheduler's registry and in the log. */
  readonly name: string;
  readonly everyMs: number;
  /** May answer with the time (milliseconds) after which it wants to run again, where that is sooner than the interval. */
  run(stopping: AbortSignal): Promise<void> | Promise<number>;
}

/**
 * An interval that never overlaps itself, can be woken early, and outlives its errors: after one it pauses with growing
 * backoff. Wake-ups during a run make for one more run, however many they were; those during a pause wait for its end.
 */
export class SteadyInterval {
  private readonly log: RateLimitedLog;
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();
  private busy = false;
  private again = false;
  private failures = 0;
  private pause: NodeJS.Timeout | null = null;
  private alarm: NodeJS.Timeout | undefined;

  constructor(
    private readonly work: SteadyWork,
    private readonly registry: SchedulerRegistry,
  ) {
    this.log = new RateLimitedLog(new Logger(work.name));
  }

  start(): void {
    this.registry.addInterval(
      this.work.name,
      setInterval(() => this.wake(), this.work.everyMs),
    );
    this.wake();
  }

  wake(): void {
    if (this.stopping.signal.aborted || this.pause) return;
    this.again = true;
    if (!this.busy) this.running = this.runWhileAsked();
  }

  /** Starts no further run. Resolves when the one under way has ended. */
  async stop(): Promise<void> {
    this.stopping.abort();
    if (this.pause) clearTimeout(this.pause);
    clearTimeout(this.alarm);
    if (this.registry.doesExist('interval', this.work.name)) this.registry.deleteInterval(this.work.name);
    await this.running;
  }

  private async runWhileAsked(): Promise<void> {
    this.busy = true;
    while (this.again && !this.pause && !this.stopping.signal.aborted) {
      this.again = false;
      await this.runOnce();
    }
    this.busy = false;
  }

  private async runOnce(): Promise<void> {
    try {
      clearTimeout(this.alarm);
      const soonMs = await this.work.run(this.stopping.signal);
      this.failures = 0;
      if (typeof soonMs === 'number' && soonMs < this.work.everyMs) this.alarm = setTimeout(() => this.wake(), soonMs);
    } catch (error) {
      if (this.stopping.signal.aborted) return;
      this.failures++;
      this.log.warn(`${this.work.name} failed and goes on: ${error instanceof Error ? error.message : String(error)}`);
      this.pause = setTimeout(() => {
        this.pause = null;
        this.wake();
      }, failurePauseMs(this.failures));
    }
  }
}
