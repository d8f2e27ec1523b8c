import { byKey, type Sql } from '@taskpilot/platform';

/** How long a worker may take to report a deadline itself, before the sweep takes the attempt from it. */
const RUNNING_SLACK = `interval '2 s'`;

/**
 * QUEUED, RETRYING or RUNNING → FAILED, because the deadline has passed. An accepted cancel goes before. Guarded by
 * the state; rows that another statement holds are left for the next sweep, so this never waits inside a lock.
 */
const EXPIRE = `
  WITH due AS MATERIALIZED (
    SELECT deadline_at, id FROM deadlines WHERE deadline_at <= now()
    ORDER BY deadline_at, id LIMIT $1
    FOR UPDATE SKIP LOCKED
  ), locked AS MATERIALIZED (
    SELECT task.id, task.state, task.worker_id
    FROM scheduler_task AS task JOIN due ON ${byKey('task.id', 'due.id')}
    ORDER BY due.id
    FOR UPDATE OF task SKIP LOCKED
  ), moved AS (
    UPDATE scheduler_task AS task
    SET state = 'FAILED', state_seq = task.state_seq + 1, worker_id = NULL, finished_at = now(), updated_at = now(),
      failed_attempts = task.failed_attempts + (locked.state = 'RUNNING')::integer,
      error = json_build_object('code', 'DEADLINE_EXCEEDED', 'message', 'The deadline passed before the task ended.')
    FROM locked
    WHERE ${byKey('task.id', 'locked.id')} AND (locked.state IN ('QUEUED', 'RETRYING')
      OR (locked.state = 'RUNNING' AND task.deadline_at <= now() - ${RUNNING_SLACK}))
    RETURNING task.id, task.attempt, task.started_at, task.error, locked.state AS was, locked.worker_id
  ), recorded AS (
    INSERT INTO attempt (task_id, number, worker_id, started_at, finished_at, outcome, error)
    SELECT id, attempt, worker_id, started_at, now(), 'TIMED_OUT', error FROM moved WHERE was = 'RUNNING'
  ), done AS (
    DELETE FROM deadlines USING due
    WHERE ${byKey('deadlines.deadline_at', 'due.deadline_at')} AND deadlines.id = due.id
      AND (due.id IN (SELECT id FROM moved)
        OR due.id IN (SELECT id FROM locked WHERE state NOT IN ('QUEUED', 'RETRYING', 'RUNNING'))
        OR NOT EXISTS (SELECT FROM scheduler_task WHERE ${byKey('scheduler_task.id', 'due.id')}))
    RETURNING 1
  )
  SELECT count(*)::integer AS done FROM done`;

/** Returns how many deadlines are done with, most of them because their task had ended in time. */
export async function expireDeadlines(sql: Sql, limit: number): Promise<number> {
  const [row] = await sql.query<{ done: number }>(EXPIRE, [limit]);
  return row?.done ?? 0;
}
