import { HEADERS } from '@taskpilot/contracts';
import { redirectFailed } from './http-failures.ts';
import type { HttpAnswer, OutgoingRequest } from './http-message.ts';
import { findUrlFault } from './url-rules.ts';

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const BODY_HEADERS = new Set(['content-type', 'content-encoding', 'content-language', 'content-location']);
/** What goes along to another origin: how to read and to answer the request, and what a repeat of it is known by. */
const HEADERS_FOR_OTHERS = new Set<string>([
  ...BODY_HEADERS,
  ...['accept', 'accept-encoding', 'accept-language', 'user-agent'],
  ...[HEADERS.idempotencyKey, HEADERS.taskAttempt, HEADERS.traceparent],
]);

/**
 * The request that a redirect asks for, by the rules of the Fetch standard, or `null` when the answer is none. Stricter in
 * one thing: to another origin no header goes along that may be a secret, and `X-Api-Key` is as good a place for one as
 * `Authorization`.
 * @throws NonRetryableFailure when it leads to what is no http or https URL, or holds credentials
 */
export function redirectedRequest(request: OutgoingRequest, answer: HttpAnswer): OutgoingRequest | null {
  const { location } = answer.headers;
  if (!REDIRECTS.has(answer.status) || location === undefined) return null;
  const url = URL.parse(location, request.url.href);
  const fault = findUrlFault(url?.href);
  if (url === null || fault !== null) throw redirectFailed(request, answer, `and its Location ${fault}`);

  const method = redirectedMethod(request.method, answer.status);
  const isKept = (name: string) =>
    (method === request.method || !BODY_HEADERS.has(name)) &&
    (url.origin === request.url.origin || HEADERS_FOR_OTHERS.has(name));
  return {
    method,
    url,
    headers: Object.fromEntries(Object.entries(request.headers).filter(([name]) => isKept(name))),
    body: method === request.method ? request.body : null,
  };
}

function redirectedMethod(method: string, status: number): string {
  if (status === 303) return method === 'HEAD' ? 'HEAD' : 'GET';
  return method === 'POST' && (status === 301 || status === 302) ? 'GET' : method;
}
