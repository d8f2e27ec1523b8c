import { setImmediate as nextTurn } from 'node:timers/promises';
import pg, { type PoolClient } from 'pg';
import { isHurried } from '../context/request-context.ts';
import { NoTurn, PATIENCE_MS } from './no-turn.ts';

type Taken = (
  error: Error | undefined,
  client: PoolClient | undefined,
  release: (error?: Error | boolean) => void,
) => void;

/**
 * A pool in which a request gives up its place in the queue with `NoTurn`. Whoever works for no caller waits for as long
 * as pg's own limit allows: it would only come again.
 */
export class HurriedPool extends pg.Pool {
  override connect(): Promise<PoolClient>;
  override connect(taken: Taken): void;
  override connect(taken?: Taken): Promise<PoolClient> | undefined {
    if (!taken) return super.connect();
    if (this.idleCount > this.waitingCount || !isHurried()) super.connect(taken);
    else this.connectSoon(taken);
    return undefined;
  }

  private connectSoon(taken: Taken): void {
    let isSettled = false;
    const timer = setTimeout(async () => {
      // Where this process itself has stood still, the connection may have been there all along.
      await nextTurn();
      if (isSettled) return;
      isSettled = true;
      taken(new NoTurn(), undefined, () => undefined);
    }, PATIENCE_MS);
    super.connect((error, client, release) => {
      clearTimeout(timer);
      if (isSettled) return release();
      isSettled = true;
      taken(error, client, release);
    });
  }
}
