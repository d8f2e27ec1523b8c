import { byKey, type Sql } from '@taskpilot/platform';
import { BINDING_COLUMNS, type Binding, IS_BINDING } from './binding-row.ts';

/**
 * No change of status: takes BINDINGs that are due by making them due again later (`graceMs` and up to half as much
 * more), so that no lock is held over HTTP, and a replica that dies with them holds nobody up. Guarded by the status
 * and the due time; rows that another replica is taking are skipped.
 */
export function takeDueBindings(sql: Sql, limit: number, graceMs: number): Promise<Binding[]> {
  return sql.query(STATEMENT, [limit, graceMs]);
}

const STATEMENT = `
  WITH due AS MATERIALIZED (
    SELECT id FROM web_task
    WHERE status = 'BINDING' AND bind_next_at <= clock_timestamp()
    ORDER BY bind_next_at
    LIMIT $1
    FOR UPDATE SKIP LOCKED
  )
  UPDATE web_task SET
    bind_next_at = clock_timestamp() + make_interval(secs => $2::float8 / 1000 * (1 + random() / 2))
  FROM due
  WHERE ${byKey('web_task.id', 'due.id')} AND ${IS_BINDING}
  RETURNING ${BINDING_COLUMNS}`;
