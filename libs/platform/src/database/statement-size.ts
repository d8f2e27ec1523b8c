const LEAST_ITEMS = 50;
/** So much longer than a short one may a statement take: who comes next waits for all of it. */
const MOST_EXTRA_MS = 250;

/**
 * How many items a statement takes. All that a database is slow at by itself is worth sharing; what each item adds is
 * not, once it holds up others for long.
 */
export class StatementSize {
  private shortestMs = Number.POSITIVE_INFINITY;
  private size: number;

  constructor(private readonly most: number) {
    this.size = most;
  }

  get items(): number {
    return this.size;
  }

  learn(items: number, tookMs: number): void {
    this.shortestMs = Math.min(this.shortestMs, tookMs);
    const extraMs = tookMs - this.shortestMs;
    if (extraMs <= MOST_EXTRA_MS) {
      if (items >= this.size && extraMs < MOST_EXTRA_MS / 2) this.size = Math.min(this.most, this.size * 2);
    } else if (items > LEAST_ITEMS) this.size = Math.min(this.size, Math.max(LEAST_ITEMS, Math.ceil(items / 2)));
    // So few cannot be what takes long: the database has become slower by itself.
    else this.shortestMs = tookMs;
  }
}
