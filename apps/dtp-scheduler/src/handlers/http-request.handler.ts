import { Injectable } from '@nestjs/common';
import { redirectFailed, statusFailed } from './http-request/http-failures.ts';
import { composeRequest, type HttpAnswer } from './http-request/http-message.ts';
import { HttpRequestPayload } from './http-request/http-request.payload.ts';
import { redirectedRequest } from './http-request/redirect.ts';
import { sendRequest } from './http-request/send-request.ts';
import { TargetGuard } from './http-request/target-guard.ts';
import { type TaskContext, TaskHandler } from './task-handler.ts';

const MAX_REDIRECTS = 5;

/**
 * Calls an HTTP target. 2xx succeeds; 408, 425, 429, 5xx and network failures are left to the retry policy, with the
 * target's `Retry-After` as the wish for the delay; any other status is final. Every hop of a redirect passes the
 * target guard.
 */
@Injectable()
@TaskHandler('http.request', { payload: HttpRequestPayload })
export class HttpRequestHandler implements TaskHandler {
  constructor(private readonly guard: TargetGuard) {}

  async run(task: TaskContext): Promise<HttpAnswer> {
    let request = composeRequest(task);
    for (let redirects = 0; ; redirects++) {
      task.signal.throwIfAborted();
      const addresses = await this.guard.vet(request.url, task.signal);
      const answer = await sendRequest(request, addresses, task.signal);
      if (answer.status >= 200 && answer.status <= 299) return answer;
      const next = redirectedRequest(request, answer);
      if (next === null) throw statusFailed(request, answer);
      if (redirects === MAX_REDIRECTS)
        throw redirectFailed(request, answer, `one redirect more than the ${MAX_REDIRECTS} that are followed`);
      request = next;
    }
  }
}
