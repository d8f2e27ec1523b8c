import { setTimeout as delay } from 'node:timers/promises';

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 10_000;
const HEALTHY_MS = 30_000;

export interface Supervised {
  readonly name: string;
  /** Resolves, to a few words, when it is gone. */
  exited(): Promise<string>;
  /** Starts it again. A rejection counts as one more exit. */
  restart(): Promise<void>;
}

/** Starts again what exits, until `signal` fires: at once almost, then ever later while it keeps on exiting. */
export async function supervise({ name, exited, restart }: Supervised, signal: AbortSignal): Promise<void> {
  let pauseMs = FIRST_PAUSE_MS;
  let startedAt = Date.now();
  let end = await exited();
  while (!signal.aborted) {
    if (Date.now() - startedAt >= HEALTHY_MS) pauseMs = FIRST_PAUSE_MS;
    console.error(`${name} has stopped (${end}); it is started again in ${pauseMs} ms.`);
    await delay(pauseMs, undefined, { signal }).catch(() => {});
    if (signal.aborted) return;
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    startedAt = Date.now();
    end = await restart().then(exited, (error: Error) => error.message);
  }
}
