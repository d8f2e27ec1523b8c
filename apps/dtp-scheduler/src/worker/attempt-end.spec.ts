import type { Outcome } from '../domain/outcome.ts';
import { attemptEnd, withoutOutput } from './attempt-end.ts';
import { claimed } from './testing/worker.ts';

const error = { code: 'A', message: 'm' };
const failure = (changes: object = {}): Outcome => ({
  kind: 'failed',
  error,
  advice: { kind: 'policy' },
  timedOut: false,
  ...changes,
});

describe('attemptEnd', () => {
  const task = claimed({ id: 'id', attempt: 7 });
  const ref = { id: 'id', attempt: 7 };

  it.each<[outcome: Outcome, end: object]>([
    [
      { kind: 'succeeded', result: { a: 1 } },
      { verb: 'complete', result: '{"a":1}' },
    ],
    [
      { kind: 'snoozed', delayMs: 5 },
      { verb: 'snooze', delayMs: 5 },
    ],
    [{ kind: 'cancelled' }, { verb: 'settle' }],
    [{ kind: 'released' }, { verb: 'release' }],
    [failure(), { verb: 'retry', outcome: 'FAILED', error, delayMs: 1_000 }],
    [failure({ timedOut: true }), { verb: 'retry', outcome: 'TIMED_OUT', error, delayMs: 1_000 }],
    [failure({ advice: { kind: 'never' } }), { verb: 'fail', outcome: 'FAILED', error }],
    [
      failure({ advice: { kind: 'after', delayMs: 70_000 } }),
      { verb: 'retry', outcome: 'FAILED', error, delayMs: 60_000 },
    ],
  ])('turns %j into its verb', (outcome, end) => {
    expect(attemptEnd(task, outcome, Math.random)).toEqual({ ...ref, ...end });
  });

  it('counts this failure: the last one allowed is final', () => {
    expect(attemptEnd(claimed({ failedAttempts: 1 }), failure(), Math.random).verb).toBe('retry');
    expect(attemptEnd(claimed({ failedAttempts: 2 }), failure(), Math.random).verb).toBe('fail');
  });

  it('spreads delays by the random source that it is given', () => {
    const jittered = claimed({ retryPolicy: { ...task.retryPolicy, jitter: 'full' } });
    expect(attemptEnd(jittered, failure(), () => 0.25)).toMatchObject({ delayMs: 250 });
  });
});

describe('withoutOutput', () => {
  it('keeps how the attempt ended, not what it left', () => {
    const note = 'What the handler left could not be stored.';
    const ref = { id: 'id', attempt: 1 };
    expect(withoutOutput({ ...ref, verb: 'complete', result: '"x"' })).toEqual({
      ...ref,
      verb: 'complete',
      result: JSON.stringify({ note }),
    });
    expect(withoutOutput({ ...ref, verb: 'fail', outcome: 'TIMED_OUT', error })).toEqual({
      ...ref,
      verb: 'fail',
      outcome: 'TIMED_OUT',
      error: { code: 'HANDLER_ERROR', message: note },
    });
    expect(withoutOutput({ ...ref, verb: 'release' })).toEqual({ ...ref, verb: 'release' });
  });
});
