import { setImmediate } from 'node:timers/promises';

/** About what a small statement takes. */
const MOST_WAIT_MS = 2;

/**
 * When a group that shares a statement or a call may leave: once as many have come as left together the last time, or
 * after 2 ms. A statement for eight costs hardly more than one for two, so that callers who come and go at a steady rate
 * cost a sixth less in all (docs/performance.md); and where there was but one, nobody waits. PostgreSQL's `commit_delay`
 * has the idea, but waits for a fixed time.
 */
export class Gathering {
  private expected = 1;
  private complete: () => void = () => undefined;

  /** @param present how many are there */
  constructor(private readonly present: () => number) {}

  /** To be told when somebody has come. */
  arrived(): void {
    if (this.present() >= this.expected) this.complete();
  }

  /** Resolves when the group may leave. What is on its way within this turn of the event loop goes along. */
  async gathered(): Promise<void> {
    await setImmediate();
    if (this.present() >= this.expected) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, MOST_WAIT_MS);
      this.complete = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** To be told how many have left together. */
  left(count: number): void {
    this.expected = count;
  }
}
