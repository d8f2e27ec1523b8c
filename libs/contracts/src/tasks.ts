import type { FieldError } from './problem.ts';
import type { RetryPolicy } from './retry-policy.ts';
import type { TaskError } from './task-error.ts';
import type { AttemptOutcome, SchedulerTaskState, WebTaskStatus } from './task-state.ts';

export type JsonObject = { readonly [key: string]: unknown };

/** A time on the wire: ISO 8601, UTC, milliseconds. */
export type Timestamp = string;

/** What both planes take to describe the work itself. Everything but `type` has a default. */
export interface TaskSpec {
  readonly type: string;
  readonly payload?: JsonObject;
  readonly queue?: string;
  /** −100 to 100, higher first. */
  readonly priority?: number;
  readonly runAt?: Timestamp | null;
  readonly retryPolicy?: Partial<RetryPolicy>;
  /** Bounds one attempt. */
  readonly timeoutMs?: number;
  /** Bounds the whole task. */
  readonly deadlineAt?: Timestamp | null;
}

/** Body of `POST /api/tasks`. */
export interface CreateWebTask extends TaskSpec {
  readonly name: string;
  readonly labels?: { readonly [key: string]: string };
}

/** Body of DTP's `POST /tasks`. */
export type CreateSchedulerTask = TaskSpec;

/** Why DTP refused a task, as TaskPilot keeps it: DTP's problem, shortened to what its reader can act on. */
export interface BindError {
  readonly code: string;
  readonly status: number;
  readonly detail: string;
  readonly errors: readonly FieldError[];
}

/** TaskPilot's view of a task: the intent. */
export interface WebTaskView {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly payload: JsonObject;
  readonly queue: string;
  readonly priority: number;
  readonly runAt: Timestamp | null;
  readonly retryPolicy: RetryPolicy;
  readonly timeoutMs: number;
  readonly deadlineAt: Timestamp | null;
  readonly labels: { readonly [key: string]: string };
  readonly status: WebTaskStatus;
  readonly schedulerTaskId: string | null;
  readonly bindError: BindError | null;
  readonly createdAt: Timestamp;
  readonly updatedAt: Timestamp;
}

/** DTP's view of a task: the execution. */
export interface SchedulerTaskView {
  readonly id: string;
  readonly idempotencyKey: string | null;
  readonly type: string;
  readonly payload: JsonObject;
  readonly queue: string;
  readonly priority: number;
  readonly state: SchedulerTaskState;
  /** Rises by one with every transition. */
  readonly stateSeq: number;
  /** 0 before the first claim; rises with every claim, and may pass `maxAttempts`. */
  readonly attempt: number;
  readonly failedAttempts: number;
  readonly lostAttempts: number;
  readonly maxAttempts: number;
  readonly retryPolicy: RetryPolicy;
  readonly timeoutMs: number;
  readonly deadlineAt: Timestamp | null;
  readonly runAt: Timestamp;
  /** When the current attempt started. */
  readonly startedAt: Timestamp | null;
  readonly finishedAt: Timestamp | null;
  readonly cancelRequestedAt: Timestamp | null;
  /** `null` unless a worker holds the task. */
  readonly workerId: string | null;
  readonly result: unknown;
  readonly error: TaskError | null;
  readonly createdAt: Timestamp;
  readonly updatedAt: Timestamp;
}

/** One try at a task. `outcome`, `finishedAt`, `error` and `retryAt` are `null` while it runs. */
export interface AttemptView {
  readonly number: number;
  readonly workerId: string;
  readonly startedAt: Timestamp;
  readonly finishedAt: Timestamp | null;
  readonly outcome: AttemptOutcome | null;
  readonly error: TaskError | null;
  /** The decision taken when the attempt ended: the time of the next one, or `null` for "no further attempt". */
  readonly retryAt: Timestamp | null;
}

/** A page of a list. Only a `null` cursor ends the list: a page may be shorter than its limit. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}
