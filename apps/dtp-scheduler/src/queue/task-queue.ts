import type {
  AttemptView,
  JsonObject,
  RetryPolicy,
  SchedulerTaskState,
  SchedulerTaskView,
  TaskError,
} from '@taskpilot/contracts';

/** A task as it is put into the queue: every default already filled in. */
export interface NewTask {
  readonly id: string;
  readonly idempotencyKey: string | null;
  /** Hash of the request as received; tells a repeat from another body under the same key. */
  readonly requestHash: string;
  readonly type: string;
  readonly payload: JsonObject;
  readonly queue: string;
  readonly priority: number;
  /** `null`, or a time that has passed, means now. */
  readonly runAt: string | null;
  readonly retryPolicy: RetryPolicy;
  readonly timeoutMs: number;
  readonly deadlineAt: string | null;
  readonly traceparent: string | null;
}

export type EnqueueAnswer =
  | { readonly kind: 'created' | 'existing'; readonly task: SchedulerTaskView }
  | { readonly kind: 'mismatch' }
  | { readonly kind: 'pruned'; readonly taskId: string };

export type FindAnswer<Found> =
  | { readonly kind: 'found'; readonly value: Found }
  | { readonly kind: 'pruned' }
  | { readonly kind: 'unknown' };

export type CancelAnswer =
  | { readonly kind: 'accepted'; readonly task: SchedulerTaskView }
  | { readonly kind: 'terminal'; readonly state: SchedulerTaskState }
  | { readonly kind: 'pruned' }
  | { readonly kind: 'unknown' };

export interface TaskFilter {
  readonly state?: SchedulerTaskState;
  readonly type?: string;
  readonly queue?: string;
  readonly idempotencyKey?: string;
}

export interface PageRequest {
  readonly limit: number;
  /** List tasks with ids below this one. */
  readonly before: string | null;
}

export interface TaskPage {
  readonly items: readonly SchedulerTaskView[];
  /** Where the next page starts, as its `before`; `null` ends the list. */
  readonly nextId: string | null;
}

/** One attempt at one task: what a worker holds, and what every write about it is fenced by. */
export interface AttemptRef {
  readonly id: string;
  readonly attempt: number;
}

/** `fresh`: never lost. `lostOnce` and `lostTwice`: suspects, taken apart, since they may have killed their workers. */
export type ClaimLane = 'fresh' | 'lostOnce' | 'lostTwice';

export interface ClaimRequest {
  readonly workerId: string;
  /** Tasks of other types stay queued. */
  readonly types: readonly string[];
  readonly limit: number;
  readonly lane: ClaimLane;
}

export interface ClaimedTask extends AttemptRef {
  readonly type: string;
  readonly payload: JsonObject;
  readonly failedAttempts: number;
  readonly lostAttempts: number;
  readonly retryPolicy: RetryPolicy;
  readonly timeoutMs: number;
  /** Time left until the task's deadline when it was claimed, by the database's clock; `null` without a deadline. */
  readonly deadlineInMs: number | null;
  readonly traceparent: string | null;
}

/** How a worker ends an attempt that it holds. `result` is JSON text. */
export type AttemptEnd = AttemptRef &
  (
    | { readonly verb: 'complete'; readonly result: string }
    | {
        readonly verb: 'retry';
        readonly outcome: 'FAILED' | 'TIMED_OUT';
        readonly error: TaskError;
        readonly delayMs: number;
      }
    | { readonly verb: 'fail'; readonly outcome: 'FAILED' | 'TIMED_OUT'; readonly error: TaskError }
    | { readonly verb: 'snooze'; readonly delayMs: number }
    | { readonly verb: 'release' }
    /** The handler stopped because of a cancel. */
    | { readonly verb: 'settle' }
  );

/** `stale`: the attempt was no longer the worker's to end, and nothing was changed. */
export type EndAnswer = 'recorded' | 'stale';

export interface Moved {
  readonly moved: number;
  /** Time until the next scheduled task is due, by the database's clock; `null` when none is. */
  readonly nextInMs: number | null;
}

export interface PruneAnswer {
  readonly removed: number;
  /** The walk has come to its end; the next step begins it anew. */
  readonly isLast: boolean;
}

/** Room of a worker that waits for work, kept for tasks which are being enqueued. */
export interface Reservation {
  readonly workerId: string;
  /** The types that the worker can run. */
  readonly types: readonly string[];
  /** Ends it: these tasks are the worker's now. */
  take(tasks: readonly ClaimedTask[]): void;
  /** Ends it where nobody knows what the worker has got: an audit has to tell. */
  fail(): void;
}

/** A worker of this process that may take tasks while they are being enqueued. */
export interface WaitingWorker {
  /** `null` unless it has found the queue empty and has free slots for so many. */
  reserve(count: number): Reservation | null;
}

/**
 * What a worker holds, by its own account. Not to be asked for while a claim of its own is under way; reservations may be,
 * but none may be given until it is answered.
 */
export interface AuditRequest {
  readonly workerId: string;
  /** Everything the worker holds in memory, ended but unrecorded attempts included. */
  readonly held: readonly AttemptRef[];
}

/**
 * The queue as the rest of DTP sees it, and the token it is injected by. Every method is one statement, or a short
 * series of them, each atomic. All throw when the database is not available; none leaves a task half-moved.
 */
export abstract class TaskQueue {
  /** Returns once the task is durable. Tasks enqueued at the same time may share a statement and a commit. */
  abstract enqueue(task: NewTask): Promise<EnqueueAnswer>;
  /** From now on, tasks enqueued here that this worker has room for become its own by the statement that stores them. */
  abstract attach(worker: WaitingWorker): void;
  abstract find(id: string): Promise<FindAnswer<SchedulerTaskView>>;
  abstract list(filter: TaskFilter, page: PageRequest): Promise<TaskPage>;
  /** Oldest first, the running one included. */
  abstract attempts(id: string): Promise<FindAnswer<readonly AttemptView[]>>;
  /** @param graceMs how long a running handler has to stop before the task ends `CANCELLED` without it */
  abstract cancel(id: string, graceMs: number): Promise<CancelAnswer>;

  /** Takes up to `limit` tasks, highest priority first. Fewer than `limit` means that no more are to be had now. */
  abstract claim(request: ClaimRequest): Promise<readonly ClaimedTask[]>;
  /** How long those that were lost twice have waited to be claimed, at most (milliseconds); `null` when none waits. */
  abstract longestLostTwiceMs(types: readonly string[]): Promise<number | null>;
  /** Records how attempts ended, in the order given. One stale attempt never spoils the others. */
  abstract end(workerId: string, ends: readonly AttemptEnd[]): Promise<readonly EndAnswer[]>;
  /** Attempts held by this worker whose task is being cancelled. */
  abstract cancelling(workerId: string): Promise<readonly AttemptRef[]>;
  /** Gives back what the worker's claims hold and its memory does not; forgets claims that hold nothing any more. */
  abstract audit(request: AuditRequest): Promise<number>;
  /** Gives back everything a worker still holds and removes its lease: the last act of a drained or lapsed worker. */
  abstract retire(workerId: string): Promise<number>;

  /** Makes scheduled tasks that have become due claimable, at most `limit` at once. */
  abstract moveDue(limit: number): Promise<Moved>;
  /** Takes tasks away from one worker whose lease has lapsed. Returns their number, or `null` when no worker is dead. */
  abstract rescue(): Promise<number | null>;
  /**
   * Ends tasks whose deadline has passed. Returns how many deadlines are done with, those included whose task had ended
   * in time: as many as `limit` means that there may be more.
   */
  abstract expireDeadlines(limit: number): Promise<number>;
  /** Ends tasks whose cancel was accepted longer ago than the grace allows. Returns their number. */
  abstract settleOverdueCancels(limit: number): Promise<number>;
  /** Takes tasks away from holders that are gone, where no claim tells of them: a step of a walk over all tasks. */
  abstract rescueStray(limit: number): Promise<number>;
  /** Removes what ended tasks have left in the queue: a step of a walk over all that is ready. */
  abstract dropOrphans(): Promise<void>;
  /** Removes tasks that ended before the retention: a step of a walk over the old ones, `limit` of them. */
  abstract prune(retentionDays: number, limit: number): Promise<PruneAnswer>;
  /** Removes what is remembered of tasks that were pruned long ago: a step of a walk likewise. */
  abstract forget(retentionDays: number, limit: number): Promise<PruneAnswer>;
  /** Ready tasks of types that no live worker knows, by type, at most `limit` types. */
  abstract unhandledTypes(limit: number): Promise<readonly string[]>;
}

export type HintListener = () => void;

/**
 * Hints that there may be something to do. They make things quick; polling keeps them true, so a lost hint costs
 * only time.
 */
export abstract class QueueHints {
  /** A task has become ready, here or in another process. Returns the unsubscriber. */
  abstract onReady(listener: HintListener): () => void;
  /** A running task is to be cancelled, here or in another process. */
  abstract onCancelling(listener: HintListener): () => void;
  /** A task has been scheduled for later, in this process: the mover may have to wake earlier than planned. */
  abstract onScheduled(listener: HintListener): () => void;
}
