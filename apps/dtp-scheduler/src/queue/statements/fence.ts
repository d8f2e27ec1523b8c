import { byKey } from '@taskpilot/platform';

/**
 * Whether a worker holds a task. `coalesce` hides the condition from the planner: statistics taken while everything
 * waits say that no task is held, and then it reads the whole table for the one row it expects, instead of looking the
 * tasks up by their ids (325 ms for 500 of 20,000, instead of 10).
 */
export const heldBy = (worker: string): string =>
  `coalesce(task.worker_id = ${worker} AND task.state IN ('RUNNING', 'CANCELLING'), false)`;

/**
 * What every write about a held attempt is fenced by. Expects the task as `task`, the attempts to end as `ended`
 * (id, attempt), and the worker as `$1`.
 *
 * The holder and the attempt stand on the task row itself: after waiting for a lock PostgreSQL reads only that row
 * again, so a lease checked in a sub-select alone let a rescued task be completed. `clock_timestamp()` is the time of
 * the check, not that of the transaction's start.
 */
export const FENCE = `
  ${byKey('task.id', 'ended.id')} AND task.attempt = ended.attempt AND ${heldBy('$1')}
    AND EXISTS (SELECT FROM worker WHERE worker.id = $1 AND worker.lease_until > clock_timestamp())`;

/** Forgets the message to the handler, once the cancel has come to its end. Expects the moved tasks as `moved`. */
export const FORGET_CANCEL = `
  DELETE FROM cancelling USING moved WHERE ${byKey('cancelling.task_id', 'moved.id')} AND moved.state = 'CANCELLED'`;

/**
 * Puts moved tasks back where claims find them: `ready` at once, or `scheduled` until their time. Whatever is requeued
 * is ready from now on, not from when it was first due: claims scan forward from where they were.
 */
export const requeue = (state: 'QUEUED' | 'RETRYING'): string => `
  due AS (
    INSERT INTO ready (rank, ready_at, id, lost_attempts, type)
    SELECT -priority, now(), id, lost_attempts, type FROM moved WHERE state = '${state}' AND run_at <= now()
  ), later AS (
    INSERT INTO scheduled (run_at, id, rank, lost_attempts, type)
    SELECT run_at, id, -priority, lost_attempts, type FROM moved WHERE state = '${state}' AND run_at > now()
  )`;

/** The columns of a moved task that its attempt's record and its way back into the queue are made of. */
export const MOVED = `
  task.id, task.attempt, task.state, task.started_at, task.run_at, task.priority, task.lost_attempts, task.type`;

/** A task that a statement moved, as far as its caller needs it. */
export interface MovedRow {
  readonly id: string;
  /** When it may be claimed again; `null` when it has ended. */
  readonly retry_at: Date | null;
}
