const FIRST_MS = 500;
const LONGEST_MS = 15_000;

/**
 * How long a binding rests after a failed call, in milliseconds: doubling, at most 15 s, and anywhere in the upper half
 * of that, so that bindings which failed together do not come back together.
 *
 * @param attempts calls that have failed before this one
 */
export function bindBackoffMs(attempts: number, random: () => number = Math.random): number {
  const longest = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempts, 10));
  return longest * (0.5 + random() / 2);
}
