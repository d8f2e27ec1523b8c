import { MAX_BIND_ITEMS } from '@taskpilot/contracts';

/** What a batch of bindings came to. What is neither counted as settled nor as away says nothing about DTP. */
export interface BatchTally {
  readonly settled: number;
  readonly away: number;
}

const GROWTH = 4;

/**
 * How many bindings the reconciler takes next. One at first, so that a DTP which is away is asked by one call at a
 * time; four times as many after each batch that went well; one again, after a pause, when DTP is away.
 */
export class SlowStart {
  private current = 1;

  get size(): number {
    return this.current;
  }

  /** @returns whether to pause: most of what DTP was asked went unanswered */
  learn({ settled, away }: BatchTally): boolean {
    const isAway = away > 0 && away >= settled;
    if (isAway) this.current = 1;
    else if (away === 0 && settled > 0) this.current = Math.min(MAX_BIND_ITEMS, this.current * GROWTH);
    return isAway;
  }
}
