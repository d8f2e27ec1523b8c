import type { Sql } from '@taskpilot/platform';
import type { AttemptRef } from '../task-queue.ts';
import { FENCE, FORGET_CANCEL, MOVED, type MovedRow } from './fence.ts';

/**
 * RUNNING → SUCCEEDED, with the result. CANCELLING → CANCELLED, without: the cancel was accepted first, and that the
 * handler succeeded all the same stands in the attempt. Guarded by holder, attempt and a live lease.
 *
 * Of an attempt that ends its task well the task's row says everything already, so it gets no record of its own.
 */
const COMPLETE = `
  WITH ended AS MATERIALIZED (
    SELECT * FROM unnest($2::uuid[], $3::integer[], $4::json[]) AS ended (id, attempt, result)
  ), moved AS (
    UPDATE scheduler_task AS task
    SET state = CASE task.state WHEN 'CANCELLING' THEN 'CANCELLED'::task_state ELSE 'SUCCEEDED' END,
      state_seq = task.state_seq + 1, worker_id = NULL, finished_at = now(), updated_at = now(),
      completed_by = CASE task.state WHEN 'RUNNING' THEN $1::uuid END,
      result = CASE task.state WHEN 'RUNNING' THEN ended.result END,
      error = CASE task.state WHEN 'CANCELLING' THEN task.error END
    FROM ended WHERE ${FENCE}
    RETURNING ${MOVED}
  ), recorded AS (
    INSERT INTO attempt (task_id, number, worker_id, started_at, finished_at, outcome)
    SELECT id, attempt, $1, started_at, now(), 'SUCCEEDED' FROM moved WHERE state = 'CANCELLED'
  ), forgotten AS (${FORGET_CANCEL})
  SELECT id, attempt, NULL::timestamptz AS retry_at FROM moved`;

export interface Completion extends AttemptRef {
  /** JSON text. */
  readonly result: string;
}

export function completeTasks(sql: Sql, workerId: string, ends: readonly Completion[]): Promise<MovedRow[]> {
  return sql.query<MovedRow>(COMPLETE, [
    workerId,
    ends.map((end) => end.id),
    ends.map((end) => end.attempt),
    ends.map((end) => end.result),
  ]);
}
