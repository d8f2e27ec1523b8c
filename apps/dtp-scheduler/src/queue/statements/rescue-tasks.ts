import type { TaskErrorCode } from '@taskpilot/contracts';
import { byKey, type Sql } from '@taskpilot/platform';
import { MAX_LOST_ATTEMPTS } from '../../domain/transitions.ts';
import { FORGET_CANCEL, heldBy, MOVED, requeue } from './fence.ts';

const LOST: TaskErrorCode = 'WORKER_LOST';

/**
 * What the loss of a worker does to the attempts it held, given as `ended` (id, attempt, worker_id): RUNNING →
 * RETRYING, claimable at once; → FAILED where the deadline has passed or this was the last loss a task is allowed.
 * CANCELLING → CANCELLED. Guarded by holder and attempt; `$1` is the number of losses that ends a task.
 */
export const lose = `
  locked AS MATERIALIZED (
    SELECT task.id, ended.worker_id, task.deadline_at <= now() IS TRUE AS expired,
      task.lost_attempts + 1 >= $1 AS last_loss
    FROM scheduler_task AS task JOIN ended ON ${byKey('task.id', 'ended.id')} AND task.attempt = ended.attempt
      AND ${heldBy('ended.worker_id')}
    ORDER BY ended.id
    FOR UPDATE OF task
  ), moved AS (
    UPDATE scheduler_task AS task
    SET state = CASE
        WHEN task.state = 'CANCELLING' THEN 'CANCELLED'::task_state
        WHEN expired OR last_loss THEN 'FAILED'
        ELSE 'RETRYING' END,
      state_seq = task.state_seq + 1, worker_id = NULL, lost_attempts = task.lost_attempts + 1, updated_at = now(),
      finished_at = CASE WHEN task.state = 'CANCELLING' OR expired OR last_loss THEN now() END,
      run_at = CASE WHEN task.state = 'CANCELLING' OR expired OR last_loss THEN task.run_at ELSE now() END,
      error = CASE
        WHEN task.state = 'CANCELLING' THEN task.error
        WHEN expired THEN json_build_object('code', 'DEADLINE_EXCEEDED',
          'message', 'The deadline passed while the attempt''s worker was lost.')
        WHEN last_loss THEN json_build_object('code', '${LOST}', 'message', format(
          'The worker of attempt %s was lost, and so were those of %s earlier ones: the task may be killing its workers.',
          task.attempt, task.lost_attempts))
        ELSE json_build_object('code', '${LOST}', 'message', format('The worker of attempt %s was lost.', task.attempt))
        END
    FROM locked WHERE ${byKey('task.id', 'locked.id')}
    RETURNING ${MOVED}, locked.worker_id, task.error
  ), recorded AS (
    INSERT INTO attempt (task_id, number, worker_id, started_at, finished_at, outcome, error, retry_at)
    SELECT id, attempt, worker_id, started_at, now(), 'LOST',
      json_build_object('code', '${LOST}', 'message', 'The worker stopped extending its lease.'),
      CASE WHEN state = 'RETRYING' THEN run_at END
    FROM moved
  ), forgotten AS (${FORGET_CANCEL}
  ), ${requeue('RETRYING')}`;

/**
 * RUNNING → RETRYING, FAILED or CANCELLED, for everything that one dead worker held.
 *
 * Guarded by the lapsed lease, whose row is taken FOR UPDATE and deleted: a heartbeat can't revive the worker, a claim
 * of its own that is still on the way finds no lease, and of several rescuers one does the work. One worker a statement,
 * so that the rows locked together stay few.
 *
 * Claims without a worker are taken as well. They arise when a worker's row is deleted, here or by its retirement, by a
 * statement that waited for a claim to commit: it does not see that claim, which is younger than its snapshot.
 */
const RESCUE = `
  WITH lapsed AS MATERIALIZED (
    SELECT id FROM worker WHERE lease_until <= clock_timestamp() ORDER BY lease_until LIMIT 1 FOR UPDATE SKIP LOCKED
  ), ownerless AS MATERIALIZED (
    SELECT worker_id AS id FROM claims
    WHERE NOT EXISTS (SELECT FROM worker WHERE worker.id = claims.worker_id)
    LIMIT 1
  ), dead AS MATERIALIZED (
    SELECT id FROM lapsed UNION SELECT id FROM ownerless
  ), ended AS MATERIALIZED (
    SELECT held.id, held.attempt, dead.id AS worker_id
    FROM dead JOIN claims ON claims.worker_id = dead.id, unnest(claims.ids, claims.attempts) AS held (id, attempt)
  ), ${lose}
  , released AS (
    DELETE FROM claims USING dead WHERE claims.worker_id = dead.id
  ), buried AS (
    DELETE FROM worker USING dead WHERE worker.id = dead.id
  )
  SELECT (SELECT count(*) FROM moved)::integer AS rescued FROM dead LIMIT 1`;

/** Returns how many tasks were taken from one dead worker, or `null` when none is dead. */
export async function rescueTasks(sql: Sql): Promise<number | null> {
  const [row] = await sql.query<{ rescued: number }>(RESCUE, [MAX_LOST_ATTEMPTS]);
  return row?.rescued ?? null;
}
