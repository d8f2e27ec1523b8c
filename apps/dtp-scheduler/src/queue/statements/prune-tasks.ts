import { byKey, type Sql } from '@taskpilot/platform';

/** The least version-7 id of its time: what was made before that has a lower one. They count from 1970. */
const firstIdAt = (time: string): string =>
  `(lpad(to_hex(greatest(0, extract(epoch FROM ${time}) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid`;

/**
 * A terminal state → nothing, after the retention: a step of a walk along the primary key. A version-7 id begins with
 * its creation time, and a task that ended before the cut was made before it too, so the walk ends there. Each step
 * looks at as many tasks as it may remove: without that bound, a million old ones that still wait would be walked over
 * by a single statement. What remains is the id, and the idempotency key where there was one.
 */
const PRUNE = `
  WITH cut AS MATERIALIZED (
    SELECT now() - $1::integer * interval '1 day' AS at, ${firstIdAt("now() - $1::integer * interval '1 day'")} AS id
  ), looked AS MATERIALIZED (
    SELECT id FROM scheduler_task
    WHERE id > $2 AND id < (SELECT id FROM cut)
    ORDER BY id LIMIT $3
  ), old AS MATERIALIZED (
    SELECT task.id, task.deadline_at, task.run_at, task.idempotency_key FROM looked
      JOIN scheduler_task AS task ON ${byKey('task.id', 'looked.id')}
    WHERE task.finished_at < (SELECT at FROM cut)
    ORDER BY looked.id
    FOR UPDATE OF task SKIP LOCKED
  ), remembered AS (
    INSERT INTO pruned_task (id, pruned_at, idempotency_key)
    SELECT id, now(), idempotency_key FROM old
    ON CONFLICT (id) DO NOTHING
  ), attempts AS (
    DELETE FROM attempt USING old WHERE ${byKey('attempt.task_id', 'old.id')}
  ), bounds AS (
    DELETE FROM deadlines USING old WHERE ${byKey('deadlines.deadline_at', 'old.deadline_at')} AND deadlines.id = old.id
  ), never_due AS (
    DELETE FROM scheduled USING old WHERE ${byKey('scheduled.run_at', 'old.run_at')} AND scheduled.id = old.id
  ), removed AS (
    DELETE FROM scheduler_task AS task USING old WHERE ${byKey('task.id', 'old.id')} RETURNING task.id
  )
  SELECT (SELECT count(*) FROM removed)::integer AS removed, (SELECT count(*) FROM looked)::integer AS looked,
    (SELECT id FROM looked ORDER BY id DESC LIMIT 1) AS last`;

export interface PruneStep {
  readonly removed: number;
  /** Where the next step goes on, as its `after`; `null` when this one has come to the end. */
  readonly last: string | null;
}

export async function pruneTasks(sql: Sql, retentionDays: number, limit: number, after: string): Promise<PruneStep> {
  return stepOf(await sql.query<StepRow>(PRUNE, [retentionDays, after, limit]), limit);
}

/** How long a pruned task's id and idempotency key are remembered. */
const REMEMBERED = `interval '90 days'`;

/** What is remembered of tasks pruned long ago → nothing: a step of a walk like that of the tasks themselves. */
const FORGET = `
  WITH looked AS MATERIALIZED (
    SELECT id FROM pruned_task
    WHERE id > $2 AND id < ${firstIdAt(`now() - ${REMEMBERED} - $1::integer * interval '1 day'`)}
    ORDER BY id LIMIT $3
  ), removed AS (
    DELETE FROM pruned_task USING looked
    WHERE ${byKey('pruned_task.id', 'looked.id')} AND pruned_task.pruned_at < now() - ${REMEMBERED}
    RETURNING pruned_task.id, pruned_task.idempotency_key
  ), keys AS (
    DELETE FROM idempotency_key AS key USING removed
    WHERE ${byKey('key.key', 'removed.idempotency_key')} AND key.task_id = removed.id
  )
  SELECT (SELECT count(*) FROM removed)::integer AS removed, (SELECT count(*) FROM looked)::integer AS looked,
    (SELECT id FROM looked ORDER BY id DESC LIMIT 1) AS last`;

export async function forgetTasks(sql: Sql, retentionDays: number, limit: number, after: string): Promise<PruneStep> {
  return stepOf(await sql.query<StepRow>(FORGET, [retentionDays, after, limit]), limit);
}

interface StepRow {
  readonly removed: number;
  readonly looked: number;
  readonly last: string | null;
}

const stepOf = ([row]: readonly StepRow[], limit: number): PruneStep => ({
  removed: row?.removed ?? 0,
  last: row?.looked === limit ? row.last : null,
});
