import type { AttemptOutcome, SchedulerTaskState } from '@taskpilot/contracts';
import type { Effect } from '../recording/effect-log.ts';

/** A row of `scheduler_task` at the end. Times are ms since 1970. */
export interface TaskRecord {
  readonly id: string;
  readonly key: string | null;
  readonly state: SchedulerTaskState;
  readonly stateSeq: number;
  readonly attempt: number;
  readonly failedAttempts: number;
  readonly lostAttempts: number;
  readonly maxAttempts: number;
  readonly completedBy: string | null;
  /** Which attempt the stored result says it comes from; `null` without a result. */
  readonly resultOfAttempt: number | null;
  readonly errorCode: string | null;
  readonly finishedAt: number | null;
}

export interface AttemptRecord {
  readonly taskId: string;
  readonly number: number;
  readonly outcome: AttemptOutcome;
}

/** A change of a task's row, as PostgreSQL wrote it down. */
export interface TransitionRecord {
  readonly taskId: string;
  readonly seq: number;
  /** `null` for the insert. */
  readonly was: SchedulerTaskState | null;
  readonly state: SchedulerTaskState;
  readonly attempt: number;
  readonly previousAttempt: number | null;
  /** Who held the task before. */
  readonly heldBy: string | null;
  readonly completedBy: string | null;
  /** When the task was due before. */
  readonly due: number | null;
  /** What was left of the lease of the worker whose success was accepted; `null` when it had none any more. */
  readonly leaseLeftMs: number | null;
  readonly at: number;
}

export interface WebTaskRecord {
  readonly id: string;
  readonly status: string;
  readonly schedulerTaskId: string | null;
}

/** What a caller was told. Ids are of WebTasks. */
export interface Promises {
  /** Created with a 2xx. */
  readonly created: ReadonlySet<string>;
  /** Bound with a 2xx. */
  readonly bound: ReadonlySet<string>;
  /** Answers to cancels: accepted, or refused because the task had ended in this state. */
  readonly cancels: readonly CancelAnswer[];
}

export interface CancelAnswer {
  readonly id: string;
  readonly accepted: boolean;
  /** The state told; of a refusal the one that stands in the way, `null` where nothing was to have been changed. */
  readonly state: SchedulerTaskState | null;
  /** ms since 1970. */
  readonly sentAt: number;
  readonly answeredAt: number;
  /** When the handler was to return, where the cancel was sent to meet that. */
  readonly aimedAt?: number | undefined;
}

/** What was seen of the processes and connections once all was quiet again. */
export interface Residue {
  readonly longestIdleTransactionMs: number;
  /** What has not come back to where it was: a sentence each. */
  readonly leaks: readonly string[];
}

/** Everything a run leaves behind. Transitions and effects are in the order in which they were written. */
export interface History {
  readonly promises: Promises;
  readonly webTasks: readonly WebTaskRecord[];
  readonly tasks: readonly TaskRecord[];
  readonly attempts: readonly AttemptRecord[];
  readonly transitions: readonly TransitionRecord[];
  readonly effects: readonly Effect[];
  readonly residue: Residue;
}

/** One task with everything that is known of it. */
export interface TaskLife {
  readonly task: TaskRecord;
  readonly attempts: readonly AttemptRecord[];
  readonly transitions: readonly TransitionRecord[];
  readonly effects: readonly Effect[];
  readonly cancels: readonly CancelAnswer[];
}
