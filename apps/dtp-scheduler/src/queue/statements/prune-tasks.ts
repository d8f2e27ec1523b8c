import type { Sql } from '@taskpilot/platform';

/** How long a pruned task's id and idempotency key are remembered. */
const REMEMBERED_DAYS = 90;

/**
 * A terminal state → nothing, after the retention. The scan is bounded by the primary key: a version-7 id begins with
 * its creation time, so a task that ended before the cut was made before it too. What remains is the id, and the
 * idempotency key where there was one.
 */
const PRUNE = `
  WITH cut AS MATERIALIZED (
    SELECT at, (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid AS id
    FROM (SELECT now() - $1::integer * interval '1 day') AS cut (at)
  ), old AS MATERIALIZED (
    SELECT task.id, task.deadline_at, task.run_at FROM scheduler_task AS task
    WHERE task.id < (SELECT id FROM cut) AND task.finished_at < (SELECT at FROM cut)
    ORDER BY task.id LIMIT $2
    FOR UPDATE SKIP LOCKED
  ), remembered AS (
    INSERT INTO pruned_task (id, pruned_at) SELECT id, now() FROM old ON CONFLICT (id) DO NOTHING
  ), attempts AS (
    DELETE FROM attempt USING old WHERE attempt.task_id = old.id
  ), bounds AS (
    DELETE FROM deadlines USING old WHERE deadlines.deadline_at = old.deadline_at AND deadlines.id = old.id
  ), never_due AS (
    DELETE FROM scheduled USING old WHERE scheduled.run_at = old.run_at AND scheduled.id = old.id
  ), pruned AS (
    DELETE FROM scheduler_task AS task USING old WHERE task.id = old.id RETURNING task.id
  )
  SELECT count(*)::integer AS pruned FROM pruned`;

/** What is remembered of tasks pruned long ago → nothing. */
const FORGET = `
  WITH ids AS (
    DELETE FROM pruned_task WHERE id IN (
      SELECT id FROM pruned_task WHERE pruned_at < now() - ${REMEMBERED_DAYS} * interval '1 day' LIMIT $2)
  )
  DELETE FROM idempotency_key WHERE key IN (
    SELECT key.key FROM idempotency_key AS key
    WHERE key.created_at < now() - ($1::integer + ${REMEMBERED_DAYS}) * interval '1 day'
      AND NOT EXISTS (SELECT FROM scheduler_task WHERE scheduler_task.id = key.task_id)
      AND NOT EXISTS (SELECT FROM pruned_task WHERE pruned_task.id = key.task_id)
    LIMIT $2)`;

export async function pruneTasks(sql: Sql, retentionDays: number, limit: number): Promise<number> {
  const [row] = await sql.query<{ pruned: number }>(PRUNE, [retentionDays, limit]);
  await sql.query(FORGET, [retentionDays, limit]);
  return row?.pruned ?? 0;
}
