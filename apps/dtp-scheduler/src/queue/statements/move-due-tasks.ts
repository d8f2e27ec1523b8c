import { byKey, type Sql } from '@taskpilot/platform';
import type { Moved } from '../task-queue.ts';

/**
 * No change of state: what is QUEUED or RETRYING for later becomes claimable when its time has come. The task row is
 * not touched. Kept apart from `ready` because a million future tasks there cost every claim 19 ms.
 */
const MOVE_DUE = `
  WITH due AS MATERIALIZED (
    SELECT run_at, id FROM scheduled WHERE run_at <= clock_timestamp()
    ORDER BY run_at, id LIMIT $1
    FOR UPDATE SKIP LOCKED
  ), taken AS (
    DELETE FROM scheduled USING due WHERE ${byKey('scheduled.run_at', 'due.run_at')} AND scheduled.id = due.id
    RETURNING scheduled.id, scheduled.rank, scheduled.lost_attempts, scheduled.type
  ), moved AS (
    INSERT INTO ready (rank, ready_at, id, lost_attempts, type)
    SELECT rank, now(), id, lost_attempts, type FROM taken
    RETURNING id
  )
  SELECT (SELECT count(*) FROM moved)::integer AS moved,
    (SELECT extract(epoch FROM run_at - clock_timestamp())::float8 * 1000
      FROM scheduled WHERE run_at > clock_timestamp() ORDER BY run_at LIMIT 1) AS next_in_ms`;

export async function moveDueTasks(sql: Sql, limit: number): Promise<Moved> {
  const [row] = await sql.query<{ moved: number; next_in_ms: number | null }>(MOVE_DUE, [limit]);
  return { moved: row?.moved ?? 0, nextInMs: row?.next_in_ms == null ? null : Math.max(0, row.next_in_ms) };
}
