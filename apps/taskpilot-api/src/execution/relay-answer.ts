import { ProblemError } from '@taskpilot/platform';
import { parseObject } from '../scheduler-client/parse-object.ts';
import { type SchedulerAnswer, SchedulerFailure } from '../scheduler-client/scheduler-client.ts';

const RETRY_AFTER_S = 2;

/** DTP's refusals that are the caller's to read as they are. */
const RELAYED_CODES: ReadonlySet<unknown> = new Set(['TASK_NOT_CANCELLABLE']);

/**
 * Which of DTP's answers about a bound execution goes to the caller as it is.
 * @throws ProblemError for all others, in terms of the control plane
 */
export function relayAnswer(answer: SchedulerAnswer, schedulerTaskId: string): SchedulerAnswer {
  const { status, retryAfterS } = answer;
  if (status === 200) return answer;
  if (status === 429 || status === 503 || status === 421) {
    throw new ProblemError('DTP_UNAVAILABLE', `DTP cannot take the call now (it answered ${status}). Try again.`, {
      retryAfterS: retryAfterS ?? RETRY_AFTER_S,
    });
  }
  if (status === 504) {
    throw new ProblemError('DTP_TIMEOUT', 'DTP was not reached in time (504). Try again.', {
      retryAfterS: retryAfterS ?? RETRY_AFTER_S,
    });
  }
  const code = parseObject(answer.body)?.code;
  if (status === 409 && RELAYED_CODES.has(code)) return answer;
  if (status === 410) {
    throw new ProblemError('EXECUTION_EXPIRED', `DTP has pruned the execution ${schedulerTaskId}.`);
  }
  if (status === 404 && code === 'TASK_NOT_FOUND') {
    throw new ProblemError('EXECUTION_MISSING', `DTP does not know the execution ${schedulerTaskId} of this task.`);
  }
  throw new ProblemError('DTP_ERROR', `DTP answered ${status}, which this call does not allow for.`);
}

/**
 * A call without an answer, in terms of the control plane. Errors of another kind are handed through.
 *
 * @param ifUnknown what the caller can do where DTP may have taken the call
 */
export function failureToProblem(error: unknown, ifUnknown = 'Try again.'): unknown {
  if (!(error instanceof SchedulerFailure)) return error;
  switch (error.kind) {
    case 'unavailable':
      return new ProblemError('DTP_UNAVAILABLE', `${error.message} Try again.`, { retryAfterS: RETRY_AFTER_S });
    case 'lost':
      return new ProblemError('DTP_UNAVAILABLE', `${error.message} ${ifUnknown}`, { retryAfterS: RETRY_AFTER_S });
    case 'timeout':
      return new ProblemError('DTP_TIMEOUT', `${error.message} ${ifUnknown}`, { retryAfterS: RETRY_AFTER_S });
    case 'nonsense':
      return new ProblemError('DTP_ERROR', error.message);
  }
}
