import type { TaskError } from '@taskpilot/contracts';
import type { Sql } from '@taskpilot/platform';
import type { AttemptRef } from '../task-queue.ts';
import { FENCE, FORGET_CANCEL, MOVED, type MovedRow } from './fence.ts';

/**
 * RUNNING → FAILED, when no further attempt may follow. CANCELLING → CANCELLED. Guarded by holder, attempt and a live
 * lease.
 */
const FAIL = `
  WITH ended AS MATERIALIZED (
    SELECT * FROM unnest($2::uuid[], $3::integer[], $4::attempt_outcome[], $5::json[])
      AS ended (id, attempt, outcome, error)
  ), moved AS (
    UPDATE scheduler_task AS task
    SET state = CASE task.state WHEN 'CANCELLING' THEN 'CANCELLED'::task_state ELSE 'FAILED' END,
      state_seq = task.state_seq + 1, worker_id = NULL, failed_attempts = task.failed_attempts + 1,
      finished_at = now(), updated_at = now(), error = ended.error
    FROM ended WHERE ${FENCE}
    RETURNING ${MOVED}, ended.outcome, ended.error
  ), recorded AS (
    INSERT INTO attempt (task_id, number, worker_id, started_at, finished_at, outcome, error)
    SELECT id, attempt, $1, started_at, now(), outcome, error FROM moved
  ), forgotten AS (${FORGET_CANCEL})
  SELECT id, NULL::timestamptz AS retry_at FROM moved`;

export interface Failure extends AttemptRef {
  readonly outcome: 'FAILED' | 'TIMED_OUT';
  readonly error: TaskError;
}

export function failTasks(sql: Sql, workerId: string, ends: readonly Failure[]): Promise<MovedRow[]> {
  return sql.query<MovedRow>(FAIL, [
    workerId,
    ends.map((end) => end.id),
    ends.map((end) => end.attempt),
    ends.map((end) => end.outcome),
    ends.map((end) => JSON.stringify(end.error)),
  ]);
}
