import type { ReadyPosition } from './statements/claim-tasks.ts';

const FULL_SCAN_EVERY_MS = 2_000;
/** A full scan may take at most this share of the time: it grows slow exactly when there is a lot to skip. */
const FULL_SCAN_SHARE = 0.05;
/** One that is quicker costs less than to come late: it may follow the last at once, where there is a reason to. */
const QUICK_MS = 20;
/** However long the last one took: a database that hung for half a minute says nothing about scans. */
const LONGEST_REST_MS = 30_000;

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
 * another) is found by word from this process's own enqueues, and by a full scan: every two seconds, and sooner where other processes
 * say that there is something. But slow ones are kept apart, however often they say so.
 *
 * @param nowMs a monotonic clock
 */
export class ReadyScan {
  private position: ReadyPosition | null = null;
  private fullScanDueAt = 0;
  /** Not before that, but for a restart: the last full scan was a slow one. */
  private restsUntil = 0;
  private resets = 0;
  private restarts = 0;
  private readonly underWay = new Set<Scan>();

  constructor(private readonly nowMs: () => number) {}

  start(): Scan {
    const isFull = this.nowMs() >= this.fullScanDueAt;
    // One at a time is enough.
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

  /** Something became ready, and where in the order is not known: look from the start. */
  reset(): void {
    this.resets++;
    this.fullScanDueAt = Math.min(this.fullScanDueAt, this.restsUntil);
  }

  /** What was looked at is not known any more: look from the start at once. */
  restart(): void {
    this.restarts++;
    this.restsUntil = 0;
    this.reset();
  }

  private fullScanEnded(scan: Scan, tookMs: number): void {
    const now = this.nowMs();
    const restMs = tookMs > QUICK_MS ? Math.min(tookMs / FULL_SCAN_SHARE, LONGEST_REST_MS) : 0;
    this.restsUntil = now + restMs;
    // What has become ready since it began, nobody knows where, it may have passed by.
    const isWhole = scan.resets === this.resets;
    this.fullScanDueAt = isWhole ? now + Math.max(FULL_SCAN_EVERY_MS, restMs) : this.restsUntil;
  }
}
