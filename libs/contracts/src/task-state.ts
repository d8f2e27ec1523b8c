/** What a SchedulerTask can be. Owned by DTP; the legal moves between them stand in DTP's `domain/transitions.ts`. */
export const SCHEDULER_TASK_STATES = [
  'QUEUED',
  'RUNNING',
  'RETRYING',
  'CANCELLING',
  'SUCCEEDED',
  'FAILED',
  'CANCELLED',
] as const;
export type SchedulerTaskState = (typeof SCHEDULER_TASK_STATES)[number];

/** States that nothing leaves. */
export const TERMINAL_STATES = ['SUCCEEDED', 'FAILED', 'CANCELLED'] as const satisfies readonly SchedulerTaskState[];
export type TerminalState = (typeof TERMINAL_STATES)[number];

export function isTerminal(state: SchedulerTaskState): state is TerminalState {
  return (TERMINAL_STATES as readonly SchedulerTaskState[]).includes(state);
}

/** What a WebTask can be: the state of the intent alone, never of the execution. Owned by TaskPilot. */
export const WEB_TASK_STATUSES = ['PENDING', 'BINDING', 'BOUND', 'BIND_FAILED'] as const;
export type WebTaskStatus = (typeof WEB_TASK_STATUSES)[number];

/** How an attempt ended. `null` on the wire while it still runs. */
export const ATTEMPT_OUTCOMES = [
  'SUCCEEDED',
  'FAILED',
  'TIMED_OUT',
  'CANCELLED',
  'LOST',
  'RELEASED',
  'SNOOZED',
] as const;
export type AttemptOutcome = (typeof ATTEMPT_OUTCOMES)[number];
