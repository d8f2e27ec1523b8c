import { setTimeout as sleep } from 'node:timers/promises';

/** Waits for the work, but no longer than `ms`. Rejects as it does. */
export async function within(ms: number, work: Promise<unknown>): Promise<void> {
  const over = new AbortController();
  try {
    await Promise.race([work, sleep(ms, undefined, { signal: over.signal }).catch(() => undefined)]);
  } finally {
    over.abort();
  }
}
