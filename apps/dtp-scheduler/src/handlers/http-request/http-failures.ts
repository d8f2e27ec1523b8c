import { NonRetryableFailure, TaskFailure } from '../task-handler.ts';
import type { Target } from './allow-list.ts';
import type { HttpAnswer, OutgoingRequest } from './http-message.ts';
import { parseRetryAfter } from './retry-after.ts';

const EXCERPT_LENGTH = 500;

/** The network failed before a whole answer was there. Worth another attempt: such things pass. */
export function connectionFailed(url: URL, error: unknown): TaskFailure {
  const { code = 'UNKNOWN', message } = error as { code?: string; message: string };
  return new TaskFailure({
    code: 'CONNECTION_FAILED',
    // An AggregateError, thrown when several addresses were tried, has no message of its own.
    message: `${addressOf(url)} could not be reached: ${message || code}`,
    cause: code,
  });
}

export function targetForbidden({ host, port }: Target): NonRetryableFailure {
  const entry = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  return new NonRetryableFailure({
    code: 'TARGET_FORBIDDEN',
    message: `${host} is internal, where tasks may not go. To open it, add ${entry} to HTTP_TASK_ALLOW of DTP`,
    host,
  });
}

/** An answer outside 2xx: retried where the status says that it may pass, final otherwise. */
export function statusFailed(request: OutgoingRequest, answer: HttpAnswer): TaskFailure {
  const error = statusError(request, answer, `answered ${answer.status}`);
  return isPassing(answer.status)
    ? new TaskFailure(error, parseRetryAfter(answer.headers['retry-after'], Date.now()))
    : new NonRetryableFailure(error);
}

/** A redirect that is not followed. No repetition would change that. */
export function redirectFailed(request: OutgoingRequest, answer: HttpAnswer, reason: string): NonRetryableFailure {
  return new NonRetryableFailure(statusError(request, answer, `answered ${answer.status}, ${reason}`));
}

function statusError(request: OutgoingRequest, answer: HttpAnswer, what: string) {
  return {
    code: 'HTTP_STATUS',
    message: `${request.method} ${addressOf(request.url)} ${what}`,
    status: answer.status,
    body: answer.body.slice(0, EXCERPT_LENGTH).toWellFormed(),
  };
}

function isPassing(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || (status >= 500 && status <= 599);
}

/** Without the query, which often holds a token. */
function addressOf(url: URL): string {
  return url.origin + url.pathname;
}
