import type { Sql } from '@taskpilot/platform';
import type { AttemptRef } from '../task-queue.ts';
import { FENCE, FORGET_CANCEL, MOVED, type MovedRow, requeue } from './fence.ts';

/**
 * What giving a held task back does: RUNNING → QUEUED, claimable at once and at no cost in attempts; CANCELLING →
 * CANCELLED. `guard` names the attempts, as `ended`, that may be given back, and by whom.
 */
export const releaseWhere = (guard: string): string => `
  moved AS (
    UPDATE scheduler_task AS task
    SET state = CASE task.state WHEN 'CANCELLING' THEN 'CANCELLED'::task_state ELSE 'QUEUED' END,
      state_seq = task.state_seq + 1, worker_id = NULL, updated_at = now(),
      finished_at = CASE task.state WHEN 'CANCELLING' THEN now() END
    FROM ended WHERE ${guard}
    RETURNING ${MOVED}, CASE WHEN task.state = 'QUEUED' THEN now() END AS retry_at
  ), recorded AS (
    INSERT INTO attempt (task_id, number, worker_id, started_at, finished_at, outcome, retry_at)
    SELECT id, attempt, $1, started_at, now(), 'RELEASED', retry_at FROM moved
  ), forgotten AS (${FORGET_CANCEL}
  ), ${requeue('QUEUED')}`;

/** RUNNING → QUEUED, CANCELLING → CANCELLED. Guarded by holder, attempt and a live lease. */
const RELEASE = `
  WITH ended AS MATERIALIZED (
    SELECT * FROM unnest($2::uuid[], $3::integer[]) AS ended (id, attempt)
  ), ${releaseWhere(FENCE)}
  SELECT id, retry_at FROM moved`;

export function releaseTasks(sql: Sql, workerId: string, ends: readonly AttemptRef[]): Promise<MovedRow[]> {
  return sql.query<MovedRow>(RELEASE, [workerId, ends.map((end) => end.id), ends.map((end) => end.attempt)]);
}
