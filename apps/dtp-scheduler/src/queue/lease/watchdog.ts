import type { LeaseMemory } from './lease-memory.ts';
import { stampPeriodMs } from './stamp-period.ts';

/**
 * Calls `onBlocked` once the main thread has not stamped for a whole lease. Counts its own ticks instead of reading a
 * clock: a process that was stopped and continued finds that time has jumped, but its watchdog was stopped with it.
 *
 * @returns ends the watch
 */
export function watchMainThread(memory: LeaseMemory, leaseMs: number, onBlocked: () => void): () => void {
  const periodMs = stampPeriodMs(leaseMs);
  const ticksPerLease = Math.ceil(leaseMs / periodMs);
  let seen = memory.stamps();
  let silentTicks = 0;
  const timer = setInterval(() => {
    const stamps = memory.stamps();
    silentTicks = stamps === seen ? silentTicks + 1 : 0;
    seen = stamps;
    if (silentTicks === ticksPerLease) onBlocked();
  }, periodMs);
  return () => clearInterval(timer);
}
