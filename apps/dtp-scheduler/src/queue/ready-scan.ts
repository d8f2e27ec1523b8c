import type { ReadyPosition } from './statements/claim-tasks.ts';

const FULL_SCAN_EVERY_MS = 2_000;
/** A full scan may take at most this share of the time: it grows slow exactly when there is a lot to skip. */
const FULL_SCAN_SHARE = 0.05;

const isBefore = (a: ReadyPosition, b: ReadyPosition): boolean =>
  a.rank !== b.rank ? a.rank < b.rank : a.readyAt !== b.readyAt ? a.readyAt < b.readyAt : a.id < b.id;

/**
 * Where claims start in the order of `ready`. While a long transaction is open, vacuum can't remove the index entries
 * of claimed rows, and a scan from the start walks over all of them (36 ms for one row after 360,000). So a claim goes
 * on from where the last one stopped; what may have appeared behind that (a higher priority, a commit that overtook
 * another) is found by word from this process's own enqueues, and by a full scan every two seconds.
 *
 * @param nowMs a monotonic clock
 */
export class ReadyScan {
  private position: ReadyPosition | null = null;
  private fullScanDueAt = 0;
  /** The lowest row that has become ready, here, since the scan under way began. */
  private lowest: ReadyPosition | null = null;

  constructor(private readonly nowMs: () => number) {}

  /** Where to start, `null` for the beginning. */
  start(): ReadyPosition | null {
    this.lowest = null;
    return this.nowMs() >= this.fullScanDueAt ? null : this.position;
  }

  /** A scan that began at `from` has ended at `last`, or found nothing. */
  ended(from: ReadyPosition | null, last: ReadyPosition | null, tookMs: number): void {
    if (from === null) this.fullScanDueAt = this.nowMs() + Math.max(FULL_SCAN_EVERY_MS, tookMs / FULL_SCAN_SHARE);
    if (last === null) return;
    this.position = this.lowest !== null && isBefore(this.lowest, last) ? this.lowest : last;
  }

  /** A row became ready here: the next scan must not start behind it. */
  lowerTo(row: ReadyPosition): void {
    if (this.lowest === null || isBefore(row, this.lowest)) this.lowest = row;
    if (this.position !== null && isBefore(row, this.position)) this.position = row;
  }

  /** Something became ready, and where in the order is not known: look from the start. */
  reset(): void {
    this.fullScanDueAt = 0;
  }
}
