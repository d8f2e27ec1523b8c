import type { TaskError } from '@taskpilot/contracts';
import type { Outcome } from '../domain/outcome.ts';
import { retryDelayMs } from '../domain/retry-policy.ts';
import type { AttemptEnd, ClaimedTask } from '../queue/task-queue.ts';
import { normaliseResult } from './normalise-result.ts';

/** Decides what an outcome means for the task: the verb that the queue is told. */
export function attemptEnd(task: ClaimedTask, outcome: Outcome, random: () => number): AttemptEnd {
  const ref = { id: task.id, attempt: task.attempt };
  switch (outcome.kind) {
    case 'succeeded':
      return { ...ref, verb: 'complete', result: normaliseResult(outcome.result) };
    case 'failed': {
      const { error, advice, timedOut } = outcome;
      const delayMs = retryDelayMs(task.retryPolicy, task.failedAttempts + 1, advice, random);
      const failure = { ...ref, outcome: timedOut ? 'TIMED_OUT' : 'FAILED', error } as const;
      return delayMs === null ? { ...failure, verb: 'fail' } : { ...failure, verb: 'retry', delayMs };
    }
    case 'snoozed':
      return { ...ref, verb: 'snooze', delayMs: outcome.delayMs };
    case 'cancelled':
      return { ...ref, verb: 'settle' };
    case 'released':
      return { ...ref, verb: 'release' };
  }
}

const NOTE = 'What the handler left could not be stored.';
const UNSTORABLE: TaskError = { code: 'HANDLER_ERROR', message: NOTE };

/**
 * What to record in turn when the database refuses an end: the same without what the handler left, then a failure under
 * the task's policy, then one for good. Nothing for an attempt that was to be given back: an audit does just that.
 */
export function lesserEnds(task: ClaimedTask, end: AttemptEnd, random: () => number): readonly AttemptEnd[] {
  const { id, attempt } = end;
  const failure = { id, attempt, outcome: 'FAILED', error: UNSTORABLE } as const;
  const asFailed = () =>
    attemptEnd(task, { kind: 'failed', error: UNSTORABLE, advice: { kind: 'policy' }, timedOut: false }, random);
  switch (end.verb) {
    case 'complete':
      return [{ ...end, result: JSON.stringify({ note: NOTE }) }, asFailed(), { ...failure, verb: 'fail' }];
    case 'snooze':
      return [asFailed(), { ...failure, verb: 'fail' }];
    case 'retry':
      return [
        { ...end, error: UNSTORABLE },
        { ...failure, outcome: end.outcome, verb: 'fail' },
      ];
    case 'fail':
      return [{ ...end, error: UNSTORABLE }];
    case 'release':
    case 'settle':
      return [];
  }
}
