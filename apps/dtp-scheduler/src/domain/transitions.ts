import type { SchedulerTaskState } from '@taskpilot/contracts';

export interface Transition {
  /** The verb of the statement file that makes the move. */
  readonly verb: string;
  readonly from: SchedulerTaskState;
  readonly to: SchedulerTaskState;
}

const edges = (
  verb: string,
  ...moves: readonly (readonly [from: SchedulerTaskState, to: SchedulerTaskState])[]
): readonly Transition[] => moves.map(([from, to]) => ({ verb, from, to }));

/**
 * Every legal move of a task, and nothing else. An accepted cancel wins over whatever its handler still does, so each
 * way in which an attempt ends leads from CANCELLING to CANCELLED. There is no RETRYING → QUEUED: a claim takes either.
 */
export const TRANSITIONS: readonly Transition[] = [
  ...edges('claim', ['QUEUED', 'RUNNING'], ['RETRYING', 'RUNNING']),
  ...edges('complete', ['RUNNING', 'SUCCEEDED'], ['CANCELLING', 'CANCELLED']),
  ...edges('fail', ['RUNNING', 'FAILED'], ['CANCELLING', 'CANCELLED']),
  ...edges('retry', ['RUNNING', 'RETRYING'], ['RUNNING', 'FAILED'], ['CANCELLING', 'CANCELLED']),
  ...edges('snooze', ['RUNNING', 'QUEUED'], ['CANCELLING', 'CANCELLED']),
  ...edges('release', ['RUNNING', 'QUEUED'], ['CANCELLING', 'CANCELLED']),
  ...edges('rescue', ['RUNNING', 'RETRYING'], ['RUNNING', 'FAILED'], ['CANCELLING', 'CANCELLED']),
  ...edges('cancel', ['QUEUED', 'CANCELLED'], ['RETRYING', 'CANCELLED'], ['RUNNING', 'CANCELLING']),
  ...edges('settle', ['CANCELLING', 'CANCELLED']),
  ...edges('expire', ['QUEUED', 'FAILED'], ['RETRYING', 'FAILED'], ['RUNNING', 'FAILED']),
];

/** Lost attempts that end a task: a task that kills its workers must stop, and say so. */
export const MAX_LOST_ATTEMPTS = 3;
