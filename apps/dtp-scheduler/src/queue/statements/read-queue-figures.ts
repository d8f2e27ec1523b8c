import type { Sql } from '@taskpilot/platform';
import { readTableFigures, type TableFigures } from './read-table-figures.ts';

/** The narrow tables whose depth says how the queue stands. */
export const DEPTH_TABLES = ['ready', 'scheduled', 'claims', 'cancelling', 'deadlines'] as const;

const TABLES = [...DEPTH_TABLES, 'worker', 'scheduler_task', 'attempt', 'idempotency_key', 'pruned_task'];

/** Counting a million rows takes longer than a scrape may, and so does walking over as many dead ones. */
export const COUNTED_UP_TO = 10_000;
const WALKED_UP_TO = 100_000;

export interface QueueFigures {
  /** Rows of each narrow table: exact up to `COUNTED_UP_TO`, then PostgreSQL's estimate. */
  readonly depths: Readonly<Record<(typeof DEPTH_TABLES)[number], number>>;
  readonly liveWorkers: number;
  /** For how long the task that is due longest has waited; 0 when none is due. */
  readonly oldestDueSeconds: number;
  /** How many transactions ago the oldest snapshot was taken that vacuum must spare, by who holds it. */
  readonly horizonAges: Readonly<Record<'transaction' | 'prepared' | 'slot', number>>;
  readonly oldestTransactionSeconds: number;
  readonly tables: readonly TableFigures[];
}

/** No change of state. `null` where a count would walk over too much. */
const COUNT_ROWS = `SELECT ${DEPTH_TABLES.map(
  (table) => `
  (SELECT CASE WHEN n_live_tup + n_dead_tup <= ${WALKED_UP_TO}
     THEN (SELECT count(*) FROM (SELECT FROM ${table} LIMIT ${COUNTED_UP_TO + 1}) AS capped) END
   FROM pg_stat_user_tables WHERE relid = '${table}'::regclass)::integer AS ${table}`,
).join()}`;

/** No change of state. `ready` is ordered by rank first, so its oldest is sought rank by rank: there are 201 at most. */
const READ_WAITING = `
  WITH RECURSIVE first AS (
    (SELECT rank, ready_at FROM ready ORDER BY rank, ready_at, id LIMIT 1)
    UNION ALL
    SELECT next.rank, next.ready_at FROM first, LATERAL (
      SELECT rank, ready_at FROM ready WHERE rank > first.rank ORDER BY rank, ready_at, id LIMIT 1) AS next
  )
  SELECT
    (SELECT count(*) FROM worker WHERE lease_until > clock_timestamp())::integer AS "liveWorkers",
    coalesce(greatest(0, extract(epoch FROM clock_timestamp() - least(
      (SELECT min(ready_at) FROM first),
      (SELECT run_at FROM scheduled ORDER BY run_at LIMIT 1)))), 0)::float8 AS "oldestDueSeconds"`;

/** No change of state. What of it belongs to other roles is seen by members of `pg_read_all_stats` alone. */
const READ_HORIZON = `
  WITH holder AS (
    SELECT age(backend_xmin) AS age, xact_start FROM pg_stat_activity
    WHERE backend_xmin IS NOT NULL AND pid <> pg_backend_pid()
      AND (datname = current_database() OR backend_type = 'walsender')
  )
  SELECT
    (SELECT coalesce(max(age), 0) FROM holder)::integer AS "transaction",
    (SELECT coalesce(max(age(transaction)), 0) FROM pg_prepared_xacts
     WHERE database = current_database())::integer AS "prepared",
    (SELECT coalesce(max(age(xmin)), 0) FROM pg_replication_slots)::integer AS "slot",
    (SELECT coalesce(greatest(0, extract(epoch FROM clock_timestamp() - min(xact_start))), 0) FROM holder)::float8
      AS "seconds"`;

type Counts = Record<(typeof DEPTH_TABLES)[number], number | null>;
type Waiting = Pick<QueueFigures, 'liveWorkers' | 'oldestDueSeconds'>;
type Horizon = QueueFigures['horizonAges'] & { readonly seconds: number };

/** How the queue stands, and its storage. Takes milliseconds, however much is waiting. */
export async function readQueueFigures(sql: Sql): Promise<QueueFigures> {
  const tables = await readTableFigures(sql, TABLES);
  const [counts] = await sql.query<Counts>(COUNT_ROWS, []);
  const [waiting] = await sql.query<Waiting>(READ_WAITING, []);
  const [horizon] = await sql.query<Horizon>(READ_HORIZON, []);
  if (!counts || !waiting || !horizon) throw new Error('a SELECT without a row');
  const depth = (table: (typeof DEPTH_TABLES)[number]) => {
    const counted = counts[table];
    if (counted !== null && counted <= COUNTED_UP_TO) return counted;
    return Math.max(counted ?? 0, tables.find((figures) => figures.table === table)?.liveRows ?? 0);
  };
  const { seconds, ...horizonAges } = horizon;
  return {
    ...waiting,
    depths: Object.fromEntries(DEPTH_TABLES.map((table) => [table, depth(table)])) as QueueFigures['depths'],
    horizonAges,
    oldestTransactionSeconds: seconds,
    tables,
  };
}
