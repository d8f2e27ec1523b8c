const FIRST_MS = 100;
const LONGEST_MS = 5_000;

/**
 * How long to wait after the `failures`-th failure in a row (milliseconds): growing, and jittered, so that processes
 * that lost the same database do not come back to it together.
 */
export function failurePauseMs(failures: number, random: () => number = Math.random): number {
  const grown = Math.min(FIRST_MS * 2 ** (failures - 1), LONGEST_MS);
  return grown / 2 + (grown / 2) * random();
}
