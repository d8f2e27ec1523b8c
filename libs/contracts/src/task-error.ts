/** Codes of the errors that DTP itself writes on a task or an attempt. Handlers may add codes of their own. */
export const TASK_ERROR_CODES = [
  'HANDLER_ERROR',
  'TIMEOUT',
  'DEADLINE_EXCEEDED',
  'WORKER_LOST',
  'HTTP_STATUS',
  'CONNECTION_FAILED',
  'TARGET_FORBIDDEN',
] as const;
export type TaskErrorCode = (typeof TASK_ERROR_CODES)[number];

/** Why an attempt, or the whole task, failed. Further members depend on the code. */
export interface TaskError {
  readonly code: TaskErrorCode | (string & {});
  readonly message: string;
  readonly [member: string]: unknown;
}
