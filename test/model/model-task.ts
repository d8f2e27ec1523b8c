import type { AttemptOutcome, SchedulerTaskState } from '@taskpilot/contracts';
import type { AttemptEnd, ClaimLane } from '../../apps/dtp-scheduler/src/queue/task-queue.ts';

/** Model time. Nothing in the model is shorter than minutes, so the real milliseconds of a run never matter. */
export type Minutes = number;

export const LEASE: Minutes = 45;
export const GRACE: Minutes = 5;

export interface ModelAttempt {
  readonly number: number;
  readonly worker: string;
  readonly outcome: AttemptOutcome;
  /** The decision: when the next attempt may start, `null` for never. */
  readonly retryAt: Minutes | null;
}

export interface ModelTask {
  readonly id: string;
  readonly type: string;
  readonly priority: number;
  readonly maxAttempts: number;
  readonly deadlineAt: Minutes | null;
  state: SchedulerTaskState;
  stateSeq: number;
  attempt: number;
  failed: number;
  lost: number;
  holder: string | null;
  runAt: Minutes;
  /** Whether it has been made claimable; meaningless unless it waits. */
  moved: boolean;
  graceUntil: Minutes | null;
  error: string | null;
  result: unknown;
  /** Ended attempts, oldest first. */
  readonly attempts: ModelAttempt[];
}

export const isWaiting = ({ state }: ModelTask): boolean => state === 'QUEUED' || state === 'RETRYING';
export const isHeld = ({ state }: ModelTask): boolean => state === 'RUNNING' || state === 'CANCELLING';

export interface NewModelTask {
  readonly id: string;
  readonly key: string | null;
  readonly hash: string;
  readonly type: string;
  readonly priority: number;
  readonly maxAttempts: number;
  readonly runAt: Minutes;
  readonly deadlineAt: Minutes | null;
}

export interface WaitingModelWorker {
  readonly id: string;
  readonly types: readonly string[];
}

const LANES: Record<ClaimLane, (lost: number) => boolean> = {
  fresh: (lost) => lost === 0,
  lostOnce: (lost) => lost === 1,
  lostTwice: (lost) => lost >= 2,
};

export const isInLane = ({ lost }: ModelTask, lane: ClaimLane): boolean => LANES[lane](lost);

/** How an attempt ends that its worker ends so. */
export function outcomeOf(end: AttemptEnd): AttemptOutcome {
  if (end.verb === 'fail' || end.verb === 'retry') return end.outcome;
  return ({ complete: 'SUCCEEDED', snooze: 'SNOOZED', release: 'RELEASED', settle: 'CANCELLED' } as const)[end.verb];
}
