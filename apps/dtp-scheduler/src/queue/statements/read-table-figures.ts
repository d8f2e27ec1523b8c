import type { Sql } from '@taskpilot/platform';

/** How a table stands, its TOAST included, by PostgreSQL's own statistics: estimates, a second old or so. */
export interface TableFigures {
  readonly table: string;
  readonly liveRows: number;
  /** Row versions that nobody needs any more, and those that a long transaction still keeps. */
  readonly deadRows: number;
  readonly heapBytes: number;
  readonly indexBytes: number;
  /** `null` when it never was, or the statistics were lost with a crash. */
  readonly sinceVacuumMs: number | null;
}

/** No change of state. The ids of a large claim stand in TOAST, so that is where most of what `claims` leaves lies. */
const READ = `
  SELECT main.relname AS "table",
    (main.n_live_tup + coalesce(toast.n_live_tup, 0))::float8 AS "liveRows",
    (main.n_dead_tup + coalesce(toast.n_dead_tup, 0))::float8 AS "deadRows",
    pg_table_size(main.relid)::float8 AS "heapBytes",
    pg_indexes_size(main.relid)::float8 AS "indexBytes",
    extract(epoch FROM clock_timestamp() - greatest(main.last_vacuum, main.last_autovacuum))::float8 * 1000
      AS "sinceVacuumMs"
  FROM pg_stat_user_tables AS main
    JOIN pg_class ON pg_class.oid = main.relid
    LEFT JOIN pg_stat_all_tables AS toast ON toast.relid = pg_class.reltoastrelid
  WHERE main.relid = ANY ($1::regclass[])
  ORDER BY main.relname`;

export function readTableFigures(sql: Sql, tables: readonly string[]): Promise<TableFigures[]> {
  return sql.query<TableFigures>(READ, [tables]);
}
