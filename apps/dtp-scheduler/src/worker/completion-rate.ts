/** How fast the estimate follows (milliseconds): quick enough to be right within a few claims. */
const MEMORY_MS = 100;
const SHORTEST_MS = 1;
/** From rest a burst is believed, but not without end: the tasks behind the first few may take longer than they did. */
const MOST_GROWTH = 10;

/** The recent rate at which tasks complete: an average whose weights decay with age. */
export class CompletionRate {
  private perMs = 0;
  private completions = 0;
  /** Those within the memory, weighted as the rate is. */
  private recent = 0;
  private since: number;

  constructor(private readonly now: () => number = () => performance.now()) {
    this.since = now();
  }

  completed(): void {
    this.completions++;
  }

  /** Tasks that would complete within `spanMs`. */
  within(spanMs: number): number {
    const elapsed = this.now() - this.since;
    if (elapsed >= SHORTEST_MS) {
      const latest = this.completions / elapsed;
      // From rest there is nothing to average with: a burst is believed at once, or it would be over first.
      const weight = this.perMs * MEMORY_MS < 1 ? 1 : 1 - Math.exp(-elapsed / MEMORY_MS);
      this.perMs += weight * (latest - this.perMs);
      this.recent = this.recent * Math.exp(-elapsed / MEMORY_MS) + this.completions;
      this.completions = 0;
      this.since += elapsed;
    }
    return Math.floor(Math.min(this.perMs * spanMs, MOST_GROWTH * this.recent));
  }
}
