import type { Sql } from '@taskpilot/platform';
import type { AttemptRef } from '../task-queue.ts';
import { FENCE, FORGET_CANCEL, MOVED, type MovedRow, requeue } from './fence.ts';

/**
 * RUNNING → QUEUED, to be claimed again after the delay that the handler asked for; costs no attempt. CANCELLING →
 * CANCELLED. Guarded by holder, attempt and a live lease.
 */
const SNOOZE = `
  WITH ended AS MATERIALIZED (
    SELECT id, attempt, now() + delay_ms * interval '1 ms' AS retry_at
    FROM unnest($2::uuid[], $3::integer[], $4::float8[]) AS ended (id, attempt, delay_ms)
  ), moved AS (
    UPDATE scheduler_task AS task
    SET state = CASE task.state WHEN 'CANCELLING' THEN 'CANCELLED'::task_state ELSE 'QUEUED' END,
      state_seq = task.state_seq + 1, worker_id = NULL, updated_at = now(),
      finished_at = CASE task.state WHEN 'CANCELLING' THEN now() END,
      run_at = CASE task.state WHEN 'CANCELLING' THEN task.run_at ELSE ended.retry_at END
    FROM ended WHERE ${FENCE}
    RETURNING ${MOVED}, CASE WHEN task.state = 'QUEUED' THEN task.run_at END AS retry_at
  ), recorded AS (
    INSERT INTO attempt (task_id, number, worker_id, started_at, finished_at, outcome, retry_at)
    SELECT id, attempt, $1, started_at, now(), 'SNOOZED', retry_at FROM moved
  ), forgotten AS (${FORGET_CANCEL}
  ), ${requeue('QUEUED')}
  SELECT id, retry_at FROM moved`;

export interface Snoozed extends AttemptRef {
  readonly delayMs: number;
}

export function snoozeTasks(sql: Sql, workerId: string, ends: readonly Snoozed[]): Promise<MovedRow[]> {
  return sql.query<MovedRow>(SNOOZE, [
    workerId,
    ends.map((end) => end.id),
    ends.map((end) => end.attempt),
    ends.map((end) => end.delayMs),
  ]);
}
