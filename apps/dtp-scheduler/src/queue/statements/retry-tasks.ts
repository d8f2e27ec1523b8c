import type { Sql } from '@taskpilot/platform';
import type { Failure } from './fail-tasks.ts';
import { FENCE, FORGET_CANCEL, MOVED, type MovedRow, requeue } from './fence.ts';

/**
 * RUNNING → RETRYING, to be claimed again after the delay; → FAILED at once when that would be past the deadline.
 * CANCELLING → CANCELLED. Guarded by holder, attempt and a live lease.
 */
const RETRY = `
  WITH ended AS MATERIALIZED (
    SELECT id, attempt, outcome, error, now() + delay_ms * interval '1 ms' AS retry_at
    FROM unnest($2::uuid[], $3::integer[], $4::attempt_outcome[], $5::json[], $6::float8[])
      AS ended (id, attempt, outcome, error, delay_ms)
  ), moved AS (
    UPDATE scheduler_task AS task
    SET state = CASE
        WHEN task.state = 'CANCELLING' THEN 'CANCELLED'::task_state
        WHEN task.deadline_at <= ended.retry_at THEN 'FAILED'
        ELSE 'RETRYING' END,
      state_seq = task.state_seq + 1, worker_id = NULL, failed_attempts = task.failed_attempts + 1,
      finished_at = CASE WHEN task.state = 'CANCELLING' OR task.deadline_at <= ended.retry_at THEN now() END,
      run_at = CASE WHEN task.state = 'CANCELLING' OR task.deadline_at <= ended.retry_at
        THEN task.run_at ELSE ended.retry_at END,
      updated_at = now(),
      error = CASE
        WHEN task.state = 'RUNNING' AND task.deadline_at <= ended.retry_at
        THEN json_build_object('code', 'DEADLINE_EXCEEDED',
          'message', 'The next attempt would start after the deadline.', 'lastError', ended.error)
        ELSE ended.error END
    FROM ended WHERE ${FENCE}
    RETURNING ${MOVED}, ended.outcome, ended.error,
      CASE WHEN task.state = 'RETRYING' THEN task.run_at END AS retry_at
  ), recorded AS (
    INSERT INTO attempt (task_id, number, worker_id, started_at, finished_at, outcome, error, retry_at)
    SELECT id, attempt, $1, started_at, now(), outcome, error, retry_at FROM moved
  ), forgotten AS (${FORGET_CANCEL}
  ), ${requeue('RETRYING')}
  SELECT id, retry_at FROM moved`;

export interface Retry extends Failure {
  readonly delayMs: number;
}

export function retryTasks(sql: Sql, workerId: string, ends: readonly Retry[]): Promise<MovedRow[]> {
  return sql.query<MovedRow>(RETRY, [
    workerId,
    ends.map((end) => end.id),
    ends.map((end) => end.attempt),
    ends.map((end) => end.outcome),
    ends.map((end) => JSON.stringify(end.error)),
    ends.map((end) => end.delayMs),
  ]);
}
