import type { TaskContext } from '../handlers/task-handler.ts';
import type { ClaimedTask } from '../queue/task-queue.ts';
import { AttemptContext } from './attempt-context.ts';
import type { LongTimer } from './long-timer.ts';

/** Why a handler is told to stop. */
export type StopCause = 'cancel' | 'timeout' | 'deadline' | 'drain' | 'lease';

const STOPPED_BECAUSE: Record<StopCause, string> = {
  cancel: 'the task is being cancelled',
  timeout: 'the attempt has used up its timeout',
  deadline: "the task's deadline has passed",
  drain: 'the worker is shutting down',
  lease: "the worker's lease is about to end",
};

/** The reason of a handler's abort signal. Named as an abort is, so that what honours signals takes it for one. */
export class AttemptStopped extends Error {
  override readonly name = 'AbortError';

  constructor(override readonly cause: StopCause) {
    super(`Stopped, because ${STOPPED_BECAUSE[cause]}.`);
  }
}

/** One attempt in this worker's hands, from claim to recorded end. */
export class Attempt {
  private readonly claimedAt = performance.now();
  /** Made when somebody asks for its signal: most handlers end before they would, and it costs a kilobyte. */
  private controller: AbortController | undefined;
  private stop: { readonly cause: StopCause; readonly at: number } | undefined;
  private startedAt: number | undefined;
  private isDecided = false;
  private isSettled = false;
  private timer: LongTimer | undefined;

  constructor(
    readonly task: ClaimedTask,
    readonly workerId: string,
  ) {}

  /** Whether it was lost before: it may have killed its worker. */
  get suspect(): boolean {
    return this.task.lostAttempts > 0;
  }

  get started(): boolean {
    return this.startedAt !== undefined;
  }

  /** Whether its end has been decided. The handler may still be at work if it ignores its signal. */
  get decided(): boolean {
    return this.isDecided;
  }

  /** Whether the handler is done with it. */
  get settled(): boolean {
    return this.isSettled;
  }

  /** The first reason for which the handler was told to stop. */
  get stopCause(): StopCause | undefined {
    return this.stop?.cause;
  }

  ageMs(): number {
    return performance.now() - this.claimedAt;
  }

  /** How long ago the handler was told to stop (milliseconds); 0 if it was not. */
  stoppedForMs(): number {
    return this.stop ? performance.now() - this.stop.at : 0;
  }

  /** Time left until the task's deadline (milliseconds). */
  deadlineInMs(): number {
    const { deadlineInMs } = this.task;
    return deadlineInMs === null ? Number.POSITIVE_INFINITY : deadlineInMs - this.ageMs();
  }

  /** Time left of the attempt's timeout (milliseconds), which counts from its start. */
  timeoutInMs(): number {
    const { timeoutMs } = this.task;
    return this.startedAt === undefined ? timeoutMs : this.startedAt + timeoutMs - performance.now();
  }

  start(): TaskContext {
    this.startedAt = performance.now();
    return new AttemptContext(this);
  }

  /** Ends it should the handler still be at work then. */
  limit(timer: LongTimer): void {
    this.timer = timer;
  }

  settle(): void {
    this.isSettled = true;
    this.timer?.clear();
  }

  /** Fires when the handler is told to stop. */
  signal(): AbortSignal {
    if (!this.controller) {
      this.controller = new AbortController();
      if (this.stop) this.controller.abort(new AttemptStopped(this.stop.cause));
    }
    return this.controller.signal;
  }

  tellToStop(cause: StopCause): void {
    if (this.stop) return;
    this.stop = { cause, at: performance.now() };
    this.controller?.abort(new AttemptStopped(cause));
  }

  /** An attempt ends once: true for the first caller, who then has to record the end. */
  decide(): boolean {
    const first = !this.isDecided;
    this.isDecided = true;
    return first;
  }
}
