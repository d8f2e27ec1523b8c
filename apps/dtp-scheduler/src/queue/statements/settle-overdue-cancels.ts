import { byKey, type Sql } from '@taskpilot/platform';

/**
 * CANCELLING → CANCELLED, because the handler did not stop within the grace it was given. Guarded by the attempt that
 * was told; whatever its worker reports later is stale. Rows that another statement holds are left for the next sweep.
 *
 * It also sweeps up messages to handlers that have long ended: an end that waited for the cancel's commit does not see
 * the message that came with it.
 */
const SETTLE_OVERDUE = `
  WITH overdue AS MATERIALIZED (
    SELECT task.id, task.attempt, task.worker_id
    FROM cancelling JOIN scheduler_task AS task ON ${byKey('task.id', 'cancelling.task_id')}
    WHERE cancelling.grace_until <= now() AND task.state = 'CANCELLING' AND task.attempt = cancelling.attempt
    ORDER BY cancelling.task_id LIMIT $1
    FOR UPDATE OF task SKIP LOCKED
  ), moved AS (
    UPDATE scheduler_task AS task
    SET state = 'CANCELLED', state_seq = task.state_seq + 1, worker_id = NULL, finished_at = now(), updated_at = now()
    FROM overdue WHERE ${byKey('task.id', 'overdue.id')} AND task.attempt = overdue.attempt AND task.state = 'CANCELLING'
    RETURNING task.id, task.attempt, task.started_at, overdue.worker_id
  ), recorded AS (
    INSERT INTO attempt (task_id, number, worker_id, started_at, finished_at, outcome)
    SELECT id, attempt, worker_id, started_at, now(), 'CANCELLED' FROM moved
  ), forgotten AS (
    DELETE FROM cancelling
    WHERE grace_until <= now() AND (task_id IN (SELECT id FROM moved)
      OR NOT EXISTS (SELECT FROM scheduler_task WHERE id = task_id AND state = 'CANCELLING'))
  )
  SELECT count(*)::integer AS settled FROM moved`;

export async function settleOverdueCancels(sql: Sql, limit: number): Promise<number> {
  const [row] = await sql.query<{ settled: number }>(SETTLE_OVERDUE, [limit]);
  return row?.settled ?? 0;
}
