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

  /** @param members stand beside the message: the ids of what it is about */
  warn(message: string, members: Readonly<Record<string, unknown>> = {}): void {
    const now = performance.now();
    if (now < this.quietUntil) {
      this.leftOut++;
      return;
    }
    this.logger.warn(this.leftOut > 0 ? `${message} (and ${this.leftOut} more like it before)` : message, members);
    this.leftOut = 0;
    this.quietUntil = now + this.everyMs;
  }
}
