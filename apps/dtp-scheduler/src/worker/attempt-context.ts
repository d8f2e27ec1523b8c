import type { TaskContext } from '../handlers/task-handler.ts';
import type { ClaimedTask } from '../queue/task-queue.ts';

interface Source {
  readonly task: ClaimedTask;
  signal(): AbortSignal;
}

/**
 * What a handler gets to see of its attempt. The signal is made when it is asked for, and is a property of the object's
 * own all the same, or a copy by `{ ...task }` would not heed a cancel. Every object shares one getter: a literal's
 * would be a new one each time, and with it the object's hidden class (0.2 instead of 1 µs, a kilobyte less).
 */
export class AttemptContext implements TaskContext {
  readonly taskId: string;
  readonly type: string;
  readonly payload: TaskContext['payload'];
  readonly attempt: number;
  readonly failedAttempts: number;
  readonly traceparent: string | null;
  declare readonly signal: AbortSignal;
  readonly #attempt: Source;

  constructor(attempt: Source) {
    const { task } = attempt;
    this.taskId = task.id;
    this.type = task.type;
    this.payload = task.payload;
    this.attempt = task.attempt;
    this.failedAttempts = task.failedAttempts;
    this.traceparent = task.traceparent;
    this.#attempt = attempt;
    Object.defineProperty(this, 'signal', AttemptContext.SIGNAL);
  }

  private static readonly SIGNAL: PropertyDescriptor & ThisType<AttemptContext> = {
    enumerable: true,
    get() {
      return this.#attempt.signal();
    },
  };
}
