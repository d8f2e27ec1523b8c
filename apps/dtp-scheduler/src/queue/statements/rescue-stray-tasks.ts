import type { Sql } from '@taskpilot/platform';
import { MAX_LOST_ATTEMPTS } from '../../domain/transitions.ts';
import { lose } from './rescue-tasks.ts';

/**
 * RUNNING → RETRYING, FAILED or CANCELLED, for tasks whose holder is gone though no claim says so. Claims are how a
 * dead worker's tasks are found; this is the net below them, a walk along the primary key in steps. A worker's row is
 * deleted by the very statements that take its tasks away, so a task without one has been missed.
 */
const RESCUE_STRAY = `
  WITH scanned AS MATERIALIZED (
    SELECT id, attempt, state, worker_id FROM scheduler_task
    WHERE $3::uuid IS NULL OR id < $3 ORDER BY id DESC LIMIT $2
  ), ended AS MATERIALIZED (
    SELECT id, attempt, worker_id FROM scanned
    WHERE state IN ('RUNNING', 'CANCELLING')
      AND NOT EXISTS (SELECT FROM worker WHERE worker.id = scanned.worker_id)
  ), ${lose}
  SELECT (SELECT count(*) FROM moved)::integer AS rescued, (SELECT count(*) FROM scanned)::integer AS scanned,
    (SELECT id FROM scanned ORDER BY id LIMIT 1) AS last`;

export interface StrayStep {
  readonly rescued: number;
  /** Where the next step goes on, as its `before`; `null` when this one has come to the oldest task. */
  readonly last: string | null;
}

/** One step, newest tasks first. */
export async function rescueStrayTasks(sql: Sql, limit: number, before: string | null): Promise<StrayStep> {
  const [row] = await sql.query<{ rescued: number; scanned: number; last: string | null }>(RESCUE_STRAY, [
    MAX_LOST_ATTEMPTS,
    limit,
    before,
  ]);
  return { rescued: row?.rescued ?? 0, last: row && row.scanned === limit ? row.last : null };
}
