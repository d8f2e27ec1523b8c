/** `setTimeout` fires at once when it is asked to wait for longer. */
const MOST_MS = 2 ** 31 - 1;

/** A timer for any duration (milliseconds), one that is over already included. Keeps no process alive. */
export class LongTimer {
  private timer: NodeJS.Timeout | undefined;

  constructor(delayMs: number, onElapsed: () => void) {
    this.arm(delayMs, onElapsed);
  }

  clear(): void {
    clearTimeout(this.timer);
  }

  private arm(delayMs: number, onElapsed: () => void): void {
    const timer =
      delayMs <= MOST_MS
        ? setTimeout(onElapsed, Math.max(delayMs, 0))
        : setTimeout(() => this.arm(delayMs - MOST_MS, onElapsed), MOST_MS);
    this.timer = timer.unref();
  }
}
