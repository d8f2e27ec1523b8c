import { Injectable } from '@nestjs/common';
import { DtpConfig } from '@taskpilot/platform';

const LEAST_SILENCE_MS = 2_000;

/**
 * For how long the database has been answering without a break, by this process's monotonic clock. Silence counts as a
 * break as much as an error does: a database that hangs, or a process that was stopped, leaves nothing else behind.
 */
@Injectable()
export class DatabaseContact {
  private readonly silenceMs: number;
  // A process that has just started has seen no break: making it wait would only delay the rescue of its forerunner.
  private since: number | null = Number.NEGATIVE_INFINITY;
  private lastAnswer: number | null = null;

  constructor(config: DtpConfig) {
    this.silenceMs = Math.max(config.leaseMs / 2, LEAST_SILENCE_MS);
  }

  answered(): void {
    const now = performance.now();
    if (this.since === null || this.silentAt(now)) this.since = now;
    this.lastAnswer = now;
  }

  failed(): void {
    this.since = null;
  }

  /** Milliseconds; 0 while the database is away. */
  unbrokenMs(): number {
    const now = performance.now();
    return this.since === null || this.silentAt(now) ? 0 : now - this.since;
  }

  private silentAt(now: number): boolean {
    return this.lastAnswer !== null && now - this.lastAnswer > this.silenceMs;
  }
}
