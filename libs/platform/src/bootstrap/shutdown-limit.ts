/** What a plane without running tasks needs for its last requests, in milliseconds: one may make two calls to DTP. */
export const LAST_REQUESTS_MS = 10_000;
/** The last writes of a drain, with the database away, and the end of the pools. */
const BEYOND_DRAIN_MS = 15_000;
/** A timer of 2^31 ms or more would fire at once. */
const LONGEST_DRAIN_MS = 2_000_000_000;

/**
 * How long a plane may take to end once it has been told to, in milliseconds; then it gives up by itself. Whoever kills
 * it earlier costs its running tasks an attempt.
 *
 * @param drainMs how long its running tasks may take
 */
export function shutdownLimitMs(drainMs = LAST_REQUESTS_MS): number {
  return Math.min(drainMs, LONGEST_DRAIN_MS) + BEYOND_DRAIN_MS;
}
