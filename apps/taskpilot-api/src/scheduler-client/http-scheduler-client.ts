import { HttpService } from '@nestjs/axios';
import { Injectable } from '@nestjs/common';
import { HEADERS, PROBLEM_JSON, UUID_PATTERN } from '@taskpilot/contracts';
import { requestContext, TaskPilotConfig } from '@taskpilot/platform';
import type { AxiosError, AxiosResponse } from 'axios';
import { DtpInstance } from './dtp-instance.ts';
import { type SchedulerAnswer, SchedulerClient, SchedulerFailure, type TaskCreate } from './scheduler-client.ts';
import { codeOf, toSchedulerFailure } from './to-scheduler-failure.ts';

interface Call {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly path: string;
  /** Bytes, because axios parses and rewrites JSON text. */
  readonly body?: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The port over HTTP. How requests are sent (agents, limits, no redirects) stands in the module. */
@Injectable()
export class HttpSchedulerClient extends SchedulerClient {
  constructor(
    private readonly http: HttpService,
    private readonly instance: DtpInstance,
    private readonly config: TaskPilotConfig,
  ) {
    super();
  }

  createTask({ idempotencyKey, body }: TaskCreate): Promise<SchedulerAnswer> {
    return this.call({
      method: 'POST',
      path: '/tasks',
      body: Buffer.from(body),
      headers: { [HEADERS.idempotencyKey]: idempotencyKey },
    });
  }

  createTasks(creates: readonly TaskCreate[]): Promise<SchedulerAnswer> {
    return this.call({ method: 'POST', path: '/tasks/batch', body: Buffer.from(`{"items":[${creates.map(toItem)}]}`) });
  }

  findTaskByKey(idempotencyKey: string): Promise<SchedulerAnswer> {
    return this.call({ method: 'GET', path: `/tasks?idempotencyKey=${encodeURIComponent(idempotencyKey)}&limit=1` });
  }

  getTask(id: string): Promise<SchedulerAnswer> {
    return this.call({ method: 'GET', path: `/tasks/${id}` });
  }

  listAttempts(id: string): Promise<SchedulerAnswer> {
    return this.call({ method: 'GET', path: `/tasks/${id}/attempts` });
  }

  cancelTask(id: string): Promise<SchedulerAnswer> {
    return this.call({ method: 'PUT', path: `/tasks/${id}/cancel` });
  }

  probe(): Promise<SchedulerAnswer> {
    return this.call({ method: 'GET', path: '/health/live' });
  }

  private async call(call: Call): Promise<SchedulerAnswer> {
    const expected = await this.instance.expected();
    const signal = AbortSignal.timeout(this.config.dtpTimeoutMs);
    try {
      const answer = toAnswer(await this.send(call, expected, signal));
      if (answer.instanceId !== null) this.instance.verify(answer.instanceId, expected);
      else if (!mayBeDtp(answer)) throw new SchedulerFailure('nonsense', 'What answers at DTP_URL is not a DTP.');
      return answer;
    } catch (error) {
      if (error instanceof SchedulerFailure) throw error;
      throw toSchedulerFailure(error, signal.aborted, this.config.dtpTimeoutMs);
    }
  }

  private async send(call: Call, expected: string | null, signal: AbortSignal): Promise<AxiosResponse<Buffer>> {
    const { requestId, traceparent } = requestContext();
    const request = {
      method: call.method,
      url: call.path,
      signal,
      ...(call.body && { data: call.body }),
      headers: {
        // axios would call the missing body of a PUT a form, which DTP refuses.
        'content-type': call.body ? 'application/json' : false,
        ...call.headers,
        [HEADERS.requestId]: requestId,
        ...(traceparent && { [HEADERS.traceparent]: traceparent }),
        ...(expected && { [HEADERS.dtpInstance]: expected }),
      },
    };
    try {
      return await this.http.axiosRef.request<Buffer>(request);
    } catch (error) {
      if (call.method === 'PUT' || !isStaleSocket(error)) throw error;
      return this.http.axiosRef.request<Buffer>(request);
    }
  }
}

/** A body with its key as one member more. The text of the others stays as it is: DTP knows a repeat by their hash. */
function toItem({ idempotencyKey, body }: TaskCreate): string {
  return `{"idempotencyKey":${JSON.stringify(idempotencyKey)},${body.slice(1)}`;
}

/** Without an instance id there are only DTP's early refusals, of a body say, and errors of whatever stands before it. */
function mayBeDtp({ status, contentType }: SchedulerAnswer): boolean {
  return status >= 500 || (status >= 400 && contentType.startsWith(PROBLEM_JSON));
}

/** A kept-alive connection that DTP had closed while the request was on its way: no sign that DTP is away. */
function isStaleSocket(error: unknown): boolean {
  const request: { reusedSocket?: boolean } | undefined = (error as AxiosError).request;
  return request?.reusedSocket === true && (codeOf(error) === 'ECONNRESET' || codeOf(error) === 'EPIPE');
}

function toAnswer(response: AxiosResponse<Buffer>): SchedulerAnswer {
  const header = (name: string): string => String(response.headers[name] ?? '');
  const instanceId = header(HEADERS.dtpInstance);
  const retryAfter = header(HEADERS.retryAfter);
  return {
    status: response.status,
    contentType: header('content-type'),
    body: response.data,
    retryAfterS: /^\d{1,5}$/.test(retryAfter) ? Number(retryAfter) : null,
    instanceId: UUID_PATTERN.test(instanceId) ? instanceId.toLowerCase() : null,
  };
}
