import type { LookupAddress } from 'node:dns';
import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import https from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { bareHost } from './allow-list.ts';
import { readBoundedText } from './bounded-text.ts';
import { connectionFailed } from './http-failures.ts';
import type { HttpAnswer, OutgoingRequest } from './http-message.ts';

const MAX_HEADER_BYTES = 16 * 1024;
const MAX_BODY_BYTES = 64 * 1024;

/**
 * Sends one request to addresses that the target guard has passed, and follows nothing.
 *
 * On `node:http` rather than axios: redirects, the environment's HTTP_PROXY and decompression, all that axios would
 * add, would have to be turned off again to keep the guard whole. A connection serves one request: a pooled one may
 * have been closed by the target a moment ago, and that false failure would cost the task an attempt.
 *
 * @throws TaskFailure `CONNECTION_FAILED`; the signal's reason once it has fired
 */
export async function sendRequest(
  request: OutgoingRequest,
  addresses: readonly LookupAddress[],
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const outgoing = open(request, addresses, signal);
  try {
    const response = await answerTo(outgoing, request.body);
    const { text, truncated } = await readBoundedText(response, MAX_BODY_BYTES);
    return { status: response.statusCode ?? 0, headers: response.headers, body: text, truncated };
  } catch (error) {
    signal.throwIfAborted();
    throw connectionFailed(request.url, error);
  } finally {
    outgoing.destroy();
  }
}

function open(request: OutgoingRequest, addresses: readonly LookupAddress[], signal: AbortSignal): ClientRequest {
  const { url, method, body } = request;
  const host = bareHost(url);
  const lookup: LookupFunction = (_host, _options, answer) => answer(null, [...addresses]);
  const options = {
    host,
    port: url.port,
    // The certificate is checked against the name, not the address. A literal must not be sent as a name.
    servername: isIP(host) === 0 ? host : '',
    method,
    path: url.pathname + url.search,
    headers: { ...request.headers, host: url.host, ...(body !== null && { 'content-length': body.length }) },
    lookup,
    // Tries the next address when one does not answer. It is also what makes Node take a list from `lookup`.
    autoSelectFamily: true,
    agent: false as const,
    maxHeaderSize: MAX_HEADER_BYTES,
    signal,
  };
  return url.protocol === 'https:' ? https.request(options) : http.request(options);
}

function answerTo(outgoing: ClientRequest, body: Buffer | null): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  outgoing.on('response', resolve);
  outgoing.on('error', reject);
  // A 101 that nobody asked for closes the request with neither an answer nor an error.
  outgoing.on('close', () => reject(Object.assign(new Error('it closed without an answer'), { code: 'ECONNRESET' })));
  outgoing.end(body);
  return promise;
}
