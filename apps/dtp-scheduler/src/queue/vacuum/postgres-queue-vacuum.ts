import type { Sql } from '@taskpilot/platform';
import pg from 'pg';
import { readTableFigures } from '../statements/read-table-figures.ts';
import { type DoneUpkeep, QueueVacuum } from './queue-vacuum.port.ts';
import { type Upkeep, upkeepOf } from './table-upkeep.ts';

/** What a row of each takes, about, or a piece of one in TOAST; never more than twice as much. */
const ROW_BYTES: Readonly<Record<string, number>> = {
  ready: 128,
  scheduled: 128,
  cancelling: 128,
  deadlines: 128,
  claims: 2_048,
  worker: 2_048,
};
const CONNECT_TIMEOUT_MS = 5_000;
/**
 * A server that hangs, or a network that swallows bytes, ends no statement, and without this no sweep after it would
 * run. Above the role's `statement_timeout`, which is the one that should strike.
 */
const STATEMENT_TIMEOUT_MS = 35_000;
const LOCK_NOT_AVAILABLE = '55P03';
/** Who waits for the lock of a whole table has all others wait behind it: not every 2 s for as long as a dump takes. */
const REST_AFTER_REFUSAL_MS = 15_000;

/**
 * VACUUM takes no lock that a claim or an enqueue waits for, but for one: to cut off the empty end of a table it wants
 * it for itself, takes that only when it is free, and gives it back as soon as anybody waits (20 ms).
 *
 * CLUSTER writes heap and indexes anew, and holds up all who want the table: whoever works now is waited for 50 ms at
 * most, and it is then over in milliseconds, since it is asked for when few rows are left. VACUUM FULL does the same
 * in the same time, but runs in no transaction: its `lock_timeout` would have to be the session's, and leak through a
 * pooler. Both statements go in one message, which is one transaction: no lock waits for this process's event loop.
 */
const STATEMENTS: Record<Upkeep, (table: string) => string> = {
  vacuum: (table) => `VACUUM (SKIP_LOCKED) ${table}`,
  rewrite: (table) => `SET LOCAL lock_timeout = '50ms'; CLUSTER ${table} USING ${table}_pkey`,
};

/** On a connection of its own, past any pooler, open only while there is something to do. */
export class PostgresQueueVacuum extends QueueVacuum {
  /** When a rewrite of a table was last refused its lock, by the monotonic clock. */
  private readonly refusedAt = new Map<string, number>();

  constructor(
    private readonly sql: Sql,
    private readonly directUrl: string,
    private readonly timeoutMs = STATEMENT_TIMEOUT_MS,
  ) {
    super();
  }

  override async run(stopping: AbortSignal): Promise<readonly DoneUpkeep[]> {
    const tables = await readTableFigures(this.sql, Object.keys(ROW_BYTES));
    const needed = tables.flatMap((figures) => {
      const upkeep = upkeepOf(figures, ROW_BYTES[figures.table] ?? 0);
      return upkeep && !(upkeep === 'rewrite' && this.rests(figures.table)) ? [{ table: figures.table, upkeep }] : [];
    });
    return needed.length === 0 || stopping.aborted ? [] : this.perform(needed, stopping);
  }

  private async perform(
    needed: readonly { readonly table: string; readonly upkeep: Upkeep }[],
    stopping: AbortSignal,
  ): Promise<DoneUpkeep[]> {
    const client = this.newClient();
    const hangUp = () => void client.end().catch(() => undefined);
    stopping.addEventListener('abort', hangUp, { once: true });
    const done: DoneUpkeep[] = [];
    try {
      await client.connect();
      for (const { table, upkeep } of needed) {
        const startedAt = performance.now();
        if (await hasDone(client, STATEMENTS[upkeep](table))) {
          done.push({ table, upkeep, tookMs: performance.now() - startedAt });
        } else {
          this.refusedAt.set(table, performance.now());
        }
      }
    } catch (error) {
      if (!stopping.aborted) throw error;
    } finally {
      stopping.removeEventListener('abort', hangUp);
      hangUp();
    }
    return done;
  }

  private rests(table: string): boolean {
    return performance.now() - (this.refusedAt.get(table) ?? Number.NEGATIVE_INFINITY) < REST_AFTER_REFUSAL_MS;
  }

  private newClient(): pg.Client {
    const client = new pg.Client({
      connectionString: this.directUrl,
      application_name: 'dtp-vacuum',
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: this.timeoutMs,
      keepAlive: true,
    });
    // The statement under way fails by itself when the connection is lost.
    client.on('error', () => undefined);
    return client;
  }
}

/** Whether it came to its end: somebody else's lock is no fault, and a later round tries again. */
async function hasDone(client: pg.Client, statement: string): Promise<boolean> {
  try {
    await client.query(statement);
    return true;
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== LOCK_NOT_AVAILABLE) throw error;
    return false;
  }
}
