/**
 * Every `code` a problem can carry, with its HTTP status and title. A closed list: the status of an error is
 * decided here and nowhere else.
 */
export const PROBLEMS = Object.freeze({
  MALFORMED_JSON: { status: 400, title: 'The body is not acceptable JSON' },
  VALIDATION_FAILED: { status: 400, title: 'The request does not pass validation' },
  INVALID_ID: { status: 400, title: 'The id is malformed' },
  INVALID_CURSOR: { status: 400, title: 'The cursor is malformed' },
  BAD_REQUEST: { status: 400, title: 'The request is malformed' },
  ROUTE_NOT_FOUND: { status: 404, title: 'There is no such route' },
  TASK_NOT_FOUND: { status: 404, title: 'There is no such task' },
  METHOD_NOT_ALLOWED: { status: 405, title: 'The route does not know this method' },
  TASK_NOT_BOUND: { status: 409, title: 'The task is not bound to an execution' },
  TASK_NOT_CANCELLABLE: { status: 409, title: 'The task can no longer be cancelled' },
  TASK_EXPIRED: { status: 410, title: 'The task has been pruned' },
  EXECUTION_EXPIRED: { status: 410, title: 'The execution has been pruned' },
  BODY_TOO_LARGE: { status: 413, title: 'The body is too large' },
  URI_TOO_LONG: { status: 414, title: 'The address is too long' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, title: 'The content type is not supported' },
  WRONG_INSTANCE: { status: 421, title: 'This is another DTP instance than the caller expects' },
  IDEMPOTENCY_MISMATCH: { status: 422, title: 'The idempotency key was used with another body' },
  BIND_REFUSED: { status: 422, title: 'DTP refuses this task' },
  HEADERS_TOO_LARGE: { status: 431, title: 'The headers are too large' },
  INTERNAL: { status: 500, title: 'Something went wrong on our side' },
  EXECUTION_MISSING: { status: 502, title: 'DTP does not know the bound execution' },
  DTP_ERROR: { status: 502, title: 'DTP failed to answer' },
  DATABASE_UNAVAILABLE: { status: 503, title: 'The database is not available' },
  DTP_UNAVAILABLE: { status: 503, title: 'DTP is not available' },
  DRAINING: { status: 503, title: 'This process is shutting down' },
  DTP_TIMEOUT: { status: 504, title: 'DTP did not answer in time' },
} as const satisfies Record<string, { status: number; title: string }>);

export type ProblemCode = keyof typeof PROBLEMS;

/** One rejected place. `pointer` is a JSON Pointer (RFC 6901) into the body, or `/<name>` of a query parameter. */
export interface FieldError {
  readonly pointer: string;
  readonly detail: string;
}

/** RFC 9457 problem details, with our extensions. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly code: ProblemCode;
  readonly requestId: string;
  readonly errors?: readonly FieldError[];
  /** `TASK_NOT_CANCELLABLE`: the terminal state that stands in the way. */
  readonly state?: string;
  /** `TASK_EXPIRED`: the id that the pruned task had. */
  readonly taskId?: string;
  /** Within the answer to a batch: what a single task is told by the header `Retry-After`, in seconds. */
  readonly retryAfterS?: number;
}
