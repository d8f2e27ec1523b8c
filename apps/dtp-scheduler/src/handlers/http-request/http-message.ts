import type { IncomingHttpHeaders } from 'node:http';
import { HEADERS } from '@taskpilot/contracts';
import type { TaskContext } from '../task-handler.ts';
import type { HttpRequestPayload } from './http-request.payload.ts';

export interface OutgoingRequest {
  readonly method: string;
  readonly url: URL;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | null;
}

/** What the target answered, bounded; the result of the task when the status is 2xx. */
export interface HttpAnswer {
  readonly status: number;
  /** As Node hands them over: names in lower case, repeated ones joined, `set-cookie` a list. At most 16 KiB. */
  readonly headers: IncomingHttpHeaders;
  /** Read as UTF-8, with U+FFFD for what is not. At most 64 KiB. */
  readonly body: string;
  /** Whether the body was longer. */
  readonly truncated: boolean;
}

/** The task's request as it is first sent. Takes a payload that passed validation when it was enqueued. */
export function composeRequest(task: TaskContext): OutgoingRequest {
  const { method = 'GET', url, headers = {}, body } = task.payload as unknown as HttpRequestPayload;
  const isJson = body !== undefined && typeof body !== 'string';
  return {
    method,
    url: new URL(url),
    headers: {
      'user-agent': 'TaskPilot',
      // The body is kept as text: a compressed one would be garbage.
      'accept-encoding': 'identity',
      ...(isJson && { 'content-type': 'application/json' }),
      ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
      [HEADERS.idempotencyKey]: task.taskId,
      [HEADERS.taskAttempt]: String(task.attempt),
      ...(task.traceparent !== null && { [HEADERS.traceparent]: task.traceparent }),
    },
    body: body === undefined ? null : Buffer.from(isJson ? JSON.stringify(body) : body),
  };
}
