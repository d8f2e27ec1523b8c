import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { HEADERS, LIMITS } from '@taskpilot/contracts';

/** What ties together everything that one request causes, on both planes. */
export interface RequestContext {
  readonly requestId: string;
  /** W3C Trace Context, as the caller sent it; `null` when it sent none, or a malformed one. */
  readonly traceparent: string | null;
  /** Whether what is done now may wait for as long as it takes, although a request has caused it. */
  readonly isPatient?: boolean;
}

const REQUEST_ID = new RegExp(`^[A-Za-z0-9._:+/=@-]{1,${LIMITS.requestIdLength}}$`);
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

const storage = new AsyncLocalStorage<RequestContext | undefined>();

/** The context of the current request. Outside of one, a new context with an id of its own. */
export function requestContext(): RequestContext {
  return storage.getStore() ?? { requestId: randomUUID(), traceparent: null };
}

/** The id of the current request, or `undefined` outside of one. */
export function currentRequestId(): string | undefined {
  return storage.getStore()?.requestId;
}

/** Runs `work`, and everything it starts, within a context: for requests, and for background work that calls others. */
export function runInRequestContext<T>(context: RequestContext, work: () => T): T {
  return storage.run(context, work);
}

/** Runs `work`, and everything it starts, as nobody's request: for what goes on for others as well. */
export function outsideRequests<T>(work: () => T): T {
  return storage.run(undefined, work);
}

/** Whether a caller waits for what is done now, who would rather be told soon that it cannot be had. */
export function isHurried(): boolean {
  const context = storage.getStore();
  return context !== undefined && !context.isPatient;
}

/** Runs `work`, and everything it starts, as what may wait for as long as it takes. */
export function patiently<T>(work: () => T): T {
  return isHurried() ? storage.run({ ...requestContext(), isPatient: true }, work) : work();
}

/** The caller's request id, or a new one when it sent none, or one that does not belong into logs and headers. */
export function readRequestId(headers: IncomingHttpHeaders): string {
  const id = headers[HEADERS.requestId];
  return typeof id === 'string' && REQUEST_ID.test(id) ? id : randomUUID();
}

export function readTraceparent(headers: IncomingHttpHeaders): string | null {
  const traceparent = headers[HEADERS.traceparent];
  return typeof traceparent === 'string' && TRACEPARENT.test(traceparent) ? traceparent : null;
}
