import { redirectFailed } from './http-failures.ts';
import type { HttpAnswer, OutgoingRequest } from './http-message.ts';
import { findUrlFault } from './url-rules.ts';

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const BODY_HEADERS = new Set(['content-type', 'content-encoding', 'content-language', 'content-location']);
const CREDENTIAL_HEADERS = new Set(['authorization', 'cookie']);

/**
 * The request that a redirect asks for, by the rules of the Fetch standard, or `null` when the answer is none.
 * @throws NonRetryableFailure when it leads to what is no http or https URL, or holds credentials
 */
export function redirectedRequest(request: OutgoingRequest, answer: HttpAnswer): OutgoingRequest | null {
  const { location } = answer.headers;
  if (!REDIRECTS.has(answer.status) || location === undefined) return null;
  const url = URL.parse(location, request.url.href);
  const fault = findUrlFault(url?.href);
  if (url === null || fault !== null) throw redirectFailed(request, answer, `and its Location ${fault}`);

  const method = redirectedMethod(request.method, answer.status);
  const dropped = new Set([
    ...(method === request.method ? [] : BODY_HEADERS),
    ...(url.origin === request.url.origin ? [] : CREDENTIAL_HEADERS),
  ]);
  return {
    method,
    url,
    headers: Object.fromEntries(Object.entries(request.headers).filter(([name]) => !dropped.has(name))),
    body: method === request.method ? request.body : null,
  };
}

function redirectedMethod(method: string, status: number): string {
  if (status === 303) return method === 'HEAD' ? 'HEAD' : 'GET';
  return method === 'POST' && (status === 301 || status === 302) ? 'GET' : method;
}
