import { Logger } from '@nestjs/common';
import { RateLimitedLog } from '@taskpilot/platform';
import type { HeldAttempts } from './held-attempts.ts';

/** A worker that holds nothing has mostly taken it by then, and nobody has to make room. */
const LEAST_WAIT_MS = 1_000;
/** How long a worker waits to be empty. One that is at long tasks goes on, and leaves the suspect to others. */
const MOST_CLEARING_MS = 2_000;
/** What kills its process mostly does so at once, and a task of an hour must not have a worker for itself. */
const MOST_ALONE_MS = 5_000;
/** What has waited so long is taken by a worker that could not get empty: better in bad company than never. */
const MOST_WAIT_MS = 30_000;

/** Tasks that were lost twice, as a worker gets at them. */
export interface LostTwice {
  /** How long they have waited, at most (milliseconds); `null` when none waits. */
  longestWaitMs(): Promise<number | null>;
  /** Takes one, and answers how many that were: 1 or 0. */
  claim(): Promise<number>;
}

/**
 * Keeps tasks that were lost twice to themselves, since the next loss ends them: one that is innocent must not be there
 * when another kills the worker, and one that is not must not take others with it. While it is on, the worker claims
 * nothing else: first until it holds nothing, then for as long as such tasks run, one after another.
 *
 * It has at most about half of a worker's time: as long as it was on, it then rests. And several workers that make room
 * for the same task have lost little: each notices with its next step that somebody has taken it.
 */
export class Isolation {
  private readonly log = new RateLimitedLog(new Logger(Isolation.name));
  private since: number | null = null;
  private restsUntil = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly held: HeldAttempts,
    private readonly lostTwice: LostTwice,
  ) {}

  get isOn(): boolean {
    return this.since !== null;
  }

  /** To be taken every now and then, and when it is on and the last held task is gone; never beside a claim. */
  async step(): Promise<void> {
    const held = this.held.all();
    const suspect = held.find(({ task }) => task.lostAttempts >= 2);
    if (suspect) {
      // Two tasks that may each have killed two workers would share their third loss: never another beside it.
      if (suspect.ageMs() >= MOST_ALONE_MS) this.end();
    } else if (held.length > 0) await this.clear();
    else await this.take();
  }

  private async clear(): Promise<void> {
    const waitedMs = await this.lostTwice.longestWaitMs();
    if (waitedMs === null || this.rests()) return this.end();
    if (this.lastedMs() < MOST_CLEARING_MS) {
      if (waitedMs >= LEAST_WAIT_MS) this.begin();
    } else if (waitedMs >= MOST_WAIT_MS) await this.takeAmongOthers();
    else this.end();
    // The last one has ended meanwhile.
    if (this.isOn && this.held.size === 0) await this.take();
  }

  /** Where there is no room, it stays on, so that no other gets the next slot. */
  private async takeAmongOthers(): Promise<void> {
    if ((await this.lostTwice.claim()) > 0) this.end();
    else this.begin();
  }

  private async take(): Promise<void> {
    if (this.lastedMs() >= MOST_ALONE_MS) this.end();
    if (this.rests()) return;
    if ((await this.lostTwice.claim()) === 0) return this.end();
    this.begin();
    for (const { task } of this.held.all()) {
      // Should the process die of it, this line names the culprit.
      this.log.warn('It was lost twice with its worker, and runs alone for a while.', {
        taskId: task.id,
        attempt: task.attempt,
        type: task.type,
      });
    }
  }

  private begin(): void {
    this.since ??= performance.now();
  }

  private end(): void {
    if (this.since === null) return;
    this.restsUntil = performance.now() + this.lastedMs();
    this.since = null;
  }

  private lastedMs(): number {
    return this.since === null ? 0 : performance.now() - this.since;
  }

  private rests(): boolean {
    return this.since === null && performance.now() < this.restsUntil;
  }
}
