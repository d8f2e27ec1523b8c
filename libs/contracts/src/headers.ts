/** Header names that the planes and their callers share, in the lower case that Node hands them over in. */
export const HEADERS = Object.freeze({
  idempotencyKey: 'idempotency-key',
  requestId: 'x-request-id',
  traceparent: 'traceparent',
  retryAfter: 'retry-after',
  /** On every answer of DTP: the id of its database. On a request to DTP: the id the caller expects to reach. */
  dtpInstance: 'x-dtp-instance',
  taskAttempt: 'x-task-attempt',
});

export const PROBLEM_JSON = 'application/problem+json';
