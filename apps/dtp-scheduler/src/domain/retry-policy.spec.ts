import { DEFAULT_RETRY_POLICY, RETRY_JITTERS, RETRY_STRATEGIES, type RetryPolicy } from '@taskpilot/contracts';
import fc from 'fast-check';
import { backoffMs, retryDelayMs } from './retry-policy.ts';

const byPolicy = { kind: 'policy' } as const;
const policy = (fields: Partial<RetryPolicy>): RetryPolicy => ({ ...DEFAULT_RETRY_POLICY, jitter: 'none', ...fields });

const anyPolicy: fc.Arbitrary<RetryPolicy> = fc.record({
  maxAttempts: fc.integer({ min: 1, max: 1_000 }),
  strategy: fc.constantFrom(...RETRY_STRATEGIES),
  initialDelayMs: fc.integer({ min: 0, max: 86_400_000 }),
  factor: fc.double({ min: 1, max: 100, noNaN: true }),
  maxDelayMs: fc.integer({ min: 0, max: 604_800_000 }),
  jitter: fc.constantFrom(...RETRY_JITTERS),
});
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('backoff', () => {
  test.each([
    ['fixed', [100, 100, 100, 100]],
    ['linear', [100, 200, 300, 350]],
    ['exponential', [100, 200, 350, 350]],
  ] as const)('%s grows as its name says, up to the maximum', (strategy, expected) => {
    const delays = [1, 2, 3, 4].map((failures) =>
      backoffMs(policy({ strategy, initialDelayMs: 100, factor: 2, maxDelayMs: 350 }), failures),
    );
    expect(delays).toEqual(expected);
  });

  test('a zero delay stays zero, however large the power grows', () => {
    expect(backoffMs(policy({ initialDelayMs: 0, factor: 100 }), 1_000)).toBe(0);
  });
});

describe('the retry decision', () => {
  test('stops when the failures have used up the attempts', () => {
    const three = policy({ maxAttempts: 3, initialDelayMs: 100 });
    expect(retryDelayMs(three, 2, byPolicy, Math.random)).toBe(200);
    expect(retryDelayMs(three, 3, byPolicy, Math.random)).toBeNull();
  });

  test('a non-retryable failure is final at once', () => {
    expect(retryDelayMs(policy({}), 1, { kind: 'never' }, Math.random)).toBeNull();
  });

  test('a delay that the handler asks for goes before the policy, within its maximum', () => {
    const bounded = policy({ maxDelayMs: 5_000 });
    expect(retryDelayMs(bounded, 1, { kind: 'after', delayMs: 1_234 }, Math.random)).toBe(1_234);
    expect(retryDelayMs(bounded, 1, { kind: 'after', delayMs: 60_000 }, Math.random)).toBe(5_000);
    expect(retryDelayMs(bounded, 5, { kind: 'after', delayMs: 1_234 }, Math.random)).toBeNull();
  });

  test('full jitter draws from the whole delay, equal from its upper half', () => {
    const at = (jitter: RetryPolicy['jitter'], drawn: number) =>
      retryDelayMs(policy({ initialDelayMs: 1_000, jitter }), 1, byPolicy, () => drawn);
    expect([at('none', 0.5), at('full', 0), at('full', 0.5), at('equal', 0), at('equal', 0.5)]).toEqual([
      1_000, 0, 500, 500, 750,
    ]);
  });

  test('is a whole number of milliseconds within the maximum, for any policy', () => {
    fc.assert(
      fc.property(anyPolicy, fc.integer({ min: 1, max: 2_000 }), random, (any, failures, drawn) => {
        const delay = retryDelayMs(any, failures, byPolicy, () => drawn);
        if (failures >= any.maxAttempts) return delay === null;
        return delay !== null && Number.isInteger(delay) && delay >= 0 && delay <= any.maxDelayMs;
      }),
    );
  });

  test('without jitter, delays never fall as failures add up', () => {
    fc.assert(
      fc.property(anyPolicy, fc.integer({ min: 1, max: 500 }), (any, failures) => {
        return backoffMs(any, failures) <= backoffMs(any, failures + 1);
      }),
    );
  });
});
