import type { Sql } from '@taskpilot/platform';
import type { AttemptRef } from '../task-queue.ts';
import { FENCE, FORGET_CANCEL, MOVED, type MovedRow } from './fence.ts';

/**
 * CANCELLING → CANCELLED, because the handler stopped as it was told, or came to its end all the same. Guarded by
 * holder, attempt and a live lease.
 */
const SETTLE = `
  WITH ended AS MATERIALIZED (
    SELECT * FROM unnest($2::uuid[], $3::integer[]) AS ended (id, attempt)
  ), moved AS (
    UPDATE scheduler_task AS task
    SET state = 'CANCELLED', state_seq = task.state_seq + 1, worker_id = NULL, finished_at = now(), updated_at = now()
    FROM ended WHERE ${FENCE} AND coalesce(task.state = 'CANCELLING', false)
    RETURNING ${MOVED}
  ), recorded AS (
    INSERT INTO attempt (task_id, number, worker_id, started_at, finished_at, outcome)
    SELECT id, attempt, $1, started_at, now(), $4::attempt_outcome FROM moved
  ), forgotten AS (${FORGET_CANCEL})
  SELECT id, NULL::timestamptz AS retry_at FROM moved`;

/** @param outcome how the attempts ended, whatever becomes of their tasks */
export function settleTasks(
  sql: Sql,
  workerId: string,
  ends: readonly AttemptRef[],
  outcome: 'CANCELLED' | 'SUCCEEDED' = 'CANCELLED',
): Promise<MovedRow[]> {
  const ids = ends.map((end) => end.id);
  const attempts = ends.map((end) => end.attempt);
  return sql.query<MovedRow>(SETTLE, [workerId, ids, attempts, outcome]);
}
