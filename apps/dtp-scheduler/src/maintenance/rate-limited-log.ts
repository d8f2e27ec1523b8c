import type { Logger } from '@nestjs/common';

const EVERY_MS = 5_000;

/** Logs what can happen thousands of times a second: one line per period, with the number of those left out. */
export class RateLimitedLog {
  private quietUntil = Number.NEGATIVE_INFINITY;
  private leftOut = 0;

  constructor(
    private readonly logger: Logger,
    private readonly everyMs = EVERY_MS,
  ) {}

  warn(message: string): void {
    const now = performance.now();
    if (now < this.quietUntil) {
      this.leftOut++;
      return;
    }
    this.logger.warn(this.leftOut > 0 ? `${message} (and ${this.leftOut} more like it before)` : message);
    this.leftOut = 0;
    this.quietUntil = now + this.everyMs;
  }
}
