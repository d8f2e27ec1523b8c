const FIRST_MS = 100;
const LONGEST_MS = 5_000;

/**
 * How long to wait after the `failures`-th failure in a row (milliseconds): growing, and jittered, so that processes
 * that lost the same database do not come back to it together. Never over `longestMs`, and never over 5 s.
 */
export function failurePauseMs(failures: number, random = Math.random, longestMs = LONGEST_MS): number {
  const grown = Math.min(FIRST_MS * 2 ** (failures - 1), LONGEST_MS, longestMs);
  return grown / 2 + (grown / 2) * random();
}
