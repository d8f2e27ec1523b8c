import { LIMITS } from '@taskpilot/contracts';

const HTTP_DATE = /^[A-Z][a-z]+, [\w :-]+ GMT$/;

/**
 * The delay (milliseconds) that a `Retry-After` header asks for, in seconds or as a date; `undefined` when there is
 * none that can be read. Never negative, never above what any retry policy allows.
 */
export function parseRetryAfter(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined;
  const delayMs = /^\d+$/.test(text)
    ? Number(text) * 1_000
    : HTTP_DATE.test(text)
      ? Date.parse(text) - now
      : Number.NaN;
  return Number.isNaN(delayMs) ? undefined : Math.min(Math.max(delayMs, 0), LIMITS.maxDelayMs);
}
