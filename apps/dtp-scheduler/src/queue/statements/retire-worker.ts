import { byKey, type Sql } from '@taskpilot/platform';
import { heldBy } from './fence.ts';
import { releaseWhere } from './release-tasks.ts';

/**
 * RUNNING → QUEUED and CANCELLING → CANCELLED for everything that a worker still holds, by that worker itself: at the
 * end of a drain, or after its lease has lapsed. The one end that needs no live lease, since it only gives away.
 * Guarded by holder and attempt, and by the worker's row: where a rescuer has deleted that, there is nothing left.
 */
const RETIRE = `
  WITH leaving AS MATERIALIZED (
    SELECT id FROM worker WHERE id = $1 FOR UPDATE
  ), ended AS MATERIALIZED (
    SELECT held.id, held.attempt
    FROM leaving JOIN claims ON claims.worker_id = leaving.id, unnest(claims.ids, claims.attempts) AS held (id, attempt)
    ORDER BY held.id
  ), ${releaseWhere(`
      ${byKey('task.id', 'ended.id')} AND task.attempt = ended.attempt AND ${heldBy('$1')}`)}
  , emptied AS (
    DELETE FROM claims USING leaving WHERE claims.worker_id = leaving.id
  ), gone AS (
    DELETE FROM worker USING leaving WHERE worker.id = leaving.id
  )
  SELECT count(*)::integer AS released FROM moved`;

export async function retireWorker(sql: Sql, workerId: string): Promise<number> {
  const [row] = await sql.query<{ released: number }>(RETIRE, [workerId]);
  return row?.released ?? 0;
}
