import type { Sql } from '@taskpilot/platform';
import { TASK_COLUMNS, type TaskRow } from './task-row.ts';

/**
 * QUEUED or RETRYING → CANCELLED at once. RUNNING → CANCELLING, with word to the worker that holds it. Guarded by the
 * state alone: whichever commits first, this or the attempt's end, decides.
 *
 * Only the task row is locked; its entry in `ready` or `scheduled` stays behind and is dropped by whoever meets it.
 * Taking both deadlocked with claims, which lock them in the opposite order.
 */
const CANCEL = `
  WITH moved AS (
    UPDATE scheduler_task AS task
    SET state = CASE task.state WHEN 'RUNNING' THEN 'CANCELLING'::task_state ELSE 'CANCELLED' END,
      state_seq = task.state_seq + 1, cancel_requested_at = now(), updated_at = now(),
      finished_at = CASE WHEN task.state <> 'RUNNING' THEN now() END
    WHERE task.id = $1 AND task.state IN ('QUEUED', 'RETRYING', 'RUNNING')
    RETURNING ${TASK_COLUMNS}
  ), told AS (
    INSERT INTO cancelling (task_id, worker_id, attempt, grace_until)
    SELECT id, "workerId", attempt, now() + $2::float8 * interval '1 ms' FROM moved WHERE state = 'CANCELLING'
  )
  SELECT * FROM moved`;

export async function cancelTask(sql: Sql, id: string, graceMs: number): Promise<TaskRow | undefined> {
  const [row] = await sql.query<TaskRow>(CANCEL, [id, graceMs]);
  return row;
}
