import type { ReadyPosition } from './statements/claim-tasks.ts';

const FULL_SCAN_EVERY_MS = 2_000;
/** Full scans may take at most this share of the time: they grow slow exactly when there is a lot to skip. */
const SHARE = 0.05;
/** And this one while others say that there is something to be found. */
const SHARE_WITH_REASON = 0.2;
const LONGEST_REST_MS = 10_000;

const restMs = (tookMs: number, share: number): number => Math.min(tookMs / share, LONGEST_REST_MS);

const isBefore = (a: ReadyPosition, b: ReadyPosition): boolean =>
  a.rank !== b.rank ? a.rank < b.rank : a.readyAt !== b.readyAt ? a.readyAt < b.readyAt : a.id < b.id;

/** A claim's way through `ready`, from where it started (`null`: the beginning) to the last row that it took. */
export interface Scan {
  readonly from: ReadyPosition | null;
  /** How often there had been a reason to start over when it began, and how often one that bears no delay. */
  readonly resets: number;
  readonly restarts: number;
  /** The lowest row that has become ready, here, since it began. */
  lowest: ReadyPosition | null;
}

/**
 * Where claims start in the order of `ready`. While a long transaction is open, vacuum can't remove the index entries
 * of claimed rows, and a scan from the start walks over all of them (36 ms for one row after 360,000). So a claim goes
 * on from where the last one stopped; what may have appeared behind that (a higher priority, a commit that overtook
 * another) is found by word from this process's own enqueues, and by a full scan: every two seconds, and sooner where
 * there is a reason to look, but not as often as other processes may have one.
 *
 * @param nowMs a monotonic clock
 * @param onOwed told in how many milliseconds to claim again: there is a reason to look, and it is too soon
 */
export class ReadyScan {
  private position: ReadyPosition | null = null;
  private fullScanDueAt = 0;
  /** Not before that, but for a restart. */
  private restsUntil = 0;
  private resets = 0;
  private restarts = 0;
  private lastTookMs = 0;
  private readonly underWay = new Set<Scan>();

  constructor(
    private readonly nowMs: () => number,
    private readonly onOwed: (inMs: number) => void,
  ) {}

  start(): Scan {
    const isFull = this.nowMs() >= this.fullScanDueAt;
    // One at a time is enough, until there is another reason.
    if (isFull) this.fullScanDueAt = this.nowMs() + FULL_SCAN_EVERY_MS;
    const { resets, restarts } = this;
    const scan: Scan = { from: isFull ? null : this.position, resets, restarts, lowest: null };
    this.underWay.add(scan);
    return scan;
  }

  /** The claim failed: what it looked at is as ready as it was. */
  failed(scan: Scan): void {
    this.underWay.delete(scan);
    this.restart();
  }

  /** The scan has ended at `last`, or found nothing. */
  ended(scan: Scan, last: ReadyPosition | null, tookMs: number): void {
    this.underWay.delete(scan);
    if (scan.from === null && scan.restarts === this.restarts) this.fullScanEnded(scan, tookMs);
    if (last === null) return;
    this.position = scan.lowest !== null && isBefore(scan.lowest, last) ? scan.lowest : last;
  }

  /** A row became ready here: the next scan must not start behind it. */
  lowerTo(row: ReadyPosition): void {
    for (const scan of this.underWay) if (scan.lowest === null || isBefore(row, scan.lowest)) scan.lowest = row;
    if (this.position !== null && isBefore(row, this.position)) this.position = row;
  }

  /** Something became ready, and where in the order is not known: look from the start, as soon as the last time allows. */
  reset(): void {
    this.resets++;
    this.fullScanDueAt = Math.min(this.fullScanDueAt, this.restsUntil);
    const inMs = this.fullScanDueAt - this.nowMs();
    if (inMs > 0) this.onOwed(inMs);
  }

  /** What the last scans have seen does not count any more, which happens rarely: look from the start at once. */
  restart(): void {
    this.resets++;
    this.restarts++;
    this.restsUntil = 0;
    this.fullScanDueAt = 0;
  }

  private fullScanEnded(scan: Scan, tookMs: number): void {
    const now = this.nowMs();
    // One slow claim may have waited for a lock, a connection, or a database that hung. Two in a row are slow by the scan.
    const scanMs = Math.min(tookMs, this.lastTookMs);
    this.lastTookMs = tookMs;
    this.restsUntil = now + restMs(scanMs, SHARE_WITH_REASON);
    // What has become ready since it began, nobody knows where, it may have passed by.
    const isWhole = scan.resets === this.resets;
    this.fullScanDueAt = isWhole ? now + Math.max(FULL_SCAN_EVERY_MS, restMs(scanMs, SHARE)) : this.restsUntil;
    if (!isWhole) this.onOwed(this.restsUntil - now);
  }
}
