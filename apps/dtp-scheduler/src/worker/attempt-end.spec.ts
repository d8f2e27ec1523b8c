import type { Outcome } from '../domain/outcome.ts';
import type { AttemptEnd } from '../queue/task-queue.ts';
import { attemptEnd, lesserEnds } from './attempt-end.ts';
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

describe('lesserEnds', () => {
  const ref = { id: 'id', attempt: 1 };
  const note = 'What the handler left could not be stored.';
  const unstorable = { code: 'HANDLER_ERROR', message: note };
  const lesser = (end: AttemptEnd, task = claimed(ref)) => lesserEnds(task, end, Math.random);
  const failed = { ...ref, outcome: 'FAILED', error: unstorable };
  const timedOut = { ...ref, outcome: 'TIMED_OUT', error } as const;

  it('keep first how the attempt ended, then count it as failed, then end the task', () => {
    expect(lesser({ ...ref, verb: 'complete', result: '"x"' })).toEqual([
      { ...ref, verb: 'complete', result: JSON.stringify({ note }) },
      { ...failed, verb: 'retry', delayMs: 1_000 },
      { ...failed, verb: 'fail' },
    ]);
  });

  it('let a task snooze no longer than it has attempts', () => {
    const snooze: AttemptEnd = { ...ref, verb: 'snooze', delayMs: 5 };
    expect(lesser(snooze).map(({ verb }) => verb)).toEqual(['retry', 'fail']);
    expect(lesser(snooze, claimed({ ...ref, failedAttempts: 2 })).map(({ verb }) => verb)).toEqual(['fail', 'fail']);
  });

  it('keep whether a failed attempt took too long', () => {
    const bare = { ...timedOut, error: unstorable };
    expect(lesser({ ...timedOut, verb: 'retry', delayMs: 5 })).toEqual([
      { ...bare, verb: 'retry', delayMs: 5 },
      { ...bare, verb: 'fail' },
    ]);
    expect(lesser({ ...timedOut, verb: 'fail' })).toEqual([{ ...bare, verb: 'fail' }]);
  });

  it.each(['release', 'settle'] as const)('are none for a %s', (verb) => {
    expect(lesser({ ...ref, verb })).toEqual([]);
  });
});
