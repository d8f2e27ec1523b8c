import type { RetryPolicy } from '@taskpilot/contracts';
import type { RetryAdvice } from './outcome.ts';

/** The delay before jitter (milliseconds) after the `failures`-th failed attempt, counted from 1. */
export function backoffMs(policy: RetryPolicy, failures: number): number {
  const steps = Math.max(failures, 1);
  const grown = {
    fixed: () => policy.initialDelayMs,
    linear: () => policy.initialDelayMs * steps,
    exponential: () => policy.initialDelayMs * policy.factor ** (steps - 1),
  }[policy.strategy]();
  // 0 × Infinity is NaN: a zero delay stays zero however large the factor's power grows.
  return Number.isNaN(grown) ? 0 : Math.min(grown, policy.maxDelayMs);
}

/**
 * Spreads retries, so that tasks that failed together do not come back together. `full` draws from 0 to the delay,
 * `equal` from its upper half (Brooker, "Exponential Backoff And Jitter", AWS 2015).
 *
 * @param random uniform in [0, 1)
 */
function withJitter(delayMs: number, jitter: RetryPolicy['jitter'], random: () => number): number {
  switch (jitter) {
    case 'none':
      return delayMs;
    case 'full':
      return delayMs * random();
    case 'equal':
      return delayMs / 2 + (delayMs / 2) * random();
  }
}

/**
 * What follows a failed attempt: the delay until the next one in whole milliseconds, or `null` when it was the last.
 *
 * @param failures failed attempts, this one included
 */
export function retryDelayMs(
  policy: RetryPolicy,
  failures: number,
  advice: RetryAdvice,
  random: () => number,
): number | null {
  if (advice.kind === 'never' || failures >= policy.maxAttempts) return null;
  if (advice.kind === 'after') return Math.round(Math.min(Math.max(advice.delayMs, 0), policy.maxDelayMs));
  return Math.round(withJitter(backoffMs(policy, failures), policy.jitter, random));
}
