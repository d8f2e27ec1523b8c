import { setImmediate as nextTurn } from 'node:timers/promises';
import pg, { type PoolClient } from 'pg';
import { isHurried } from '../context/request-context.ts';
import { NoTurn, PATIENCE_MS } from './no-turn.ts';

type Taken = (
  error: Error | undefined,
  client: PoolClient | undefined,
  release: (error?: Error | boolean) => void,
) => void;

interface Place {
  readonly taken: Taken;
  /** By `performance.now()`. */
  readonly since: number;
  timer: NodeJS.Timeout;
}

/** A process that is at work for more of the time keeps its requests waiting itself. */
const BUSY_SHARE = 0.9;

/**
 * A pool in which a request gives up its place in the queue with `NoTurn`. Whoever works for no caller waits for as long
 * as pg's own limit allows: it would only come again. Nor is a request refused for the time that this process needs for
 * all the others: of a burst of 300 a third was, while the database idled.
 *
 * Requests queue here, and stand in pg's queue for no more connections than there are: a place in that one cannot be
 * given up, and pg walks over thousands of those that nobody wants any more by recursion, until the stack overflows.
 */
export class HurriedPool extends pg.Pool {
  private readonly places = new Set<Place>();
  /** For how many connections pg has been asked on behalf of the places. */
  private asked = 0;

  override connect(): Promise<PoolClient>;
  override connect(taken: Taken): void;
  override connect(taken?: Taken): Promise<PoolClient> | undefined {
    if (!taken) return super.connect();
    if (this.idleCount > this.waitingCount || !isHurried()) super.connect(taken);
    else this.queue(taken);
    return undefined;
  }

  private queue(taken: Taken): void {
    const since = performance.eventLoopUtilization();
    const decide = async (): Promise<void> => {
      // Where this process itself has stood still, the connection may have been there all along.
      await nextTurn();
      const isBusy = performance.eventLoopUtilization(since).utilization > BUSY_SHARE;
      if (isBusy && this.places.has(place)) place.timer = setTimeout(decide, PATIENCE_MS);
      else if (this.places.delete(place)) taken(new NoTurn(), undefined, () => undefined);
    };
    const place: Place = { taken, since: performance.now(), timer: setTimeout(decide, PATIENCE_MS) };
    this.places.add(place);
    this.ask();
  }

  private ask(): void {
    if (this.asked >= Math.min(this.places.size, this.options.max)) return;
    this.asked++;
    const askedAt = performance.now();
    // Its own limit makes pg call back with the error alone.
    super.connect((error, client, release: Parameters<Taken>[2] | undefined) => {
      this.asked--;
      const [place] = this.places;
      if (!place) return release?.();
      // It was asked for someone who has left since, and did not wait for this one.
      if (error && place.since > askedAt) return this.ask();
      this.places.delete(place);
      clearTimeout(place.timer);
      place.taken(error, client, release ?? (() => undefined));
      this.ask();
    });
  }
}
