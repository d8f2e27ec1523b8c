import { byKey, type Sql } from '@taskpilot/platform';
import { START } from './claim-tasks.ts';

/** How many entries one step looks at. */
const STEP = 10_000;

/** Where a step ended: the key of its last entry, the time as text so that nothing of it is cut off. */
export interface OrphanStep {
  readonly rank: number;
  readonly readyAt: string;
  readonly id: string;
}

/**
 * No change of state: entries of `ready` whose task has ended are removed. Claims drop those they meet, but never meet
 * those of a type that nobody knows.
 */
const DROP_ORPHANS = `
  WITH looked AS MATERIALIZED (
    SELECT rank, ready_at, id FROM ready
    WHERE (rank, ready_at, id) > ($1::smallint, $2::timestamptz, $3::uuid)
    ORDER BY rank, ready_at, id LIMIT ${STEP}
  ), orphan AS MATERIALIZED (
    SELECT looked.* FROM looked
    WHERE NOT EXISTS (SELECT FROM scheduler_task AS task
      WHERE ${byKey('task.id', 'looked.id')} AND task.state IN ('QUEUED', 'RETRYING'))
  ), dropped AS (
    DELETE FROM ready USING orphan
    WHERE ${byKey('ready.rank', 'orphan.rank')} AND ready.ready_at = orphan.ready_at AND ready.id = orphan.id
  )
  SELECT rank, ready_at::text AS "readyAt", id FROM looked ORDER BY looked.rank DESC, looked.ready_at DESC, looked.id DESC
  LIMIT 1`;

/** One step after the given one. Answers where it ended, `null` when there was nothing more to look at. */
export async function dropOrphans(sql: Sql, after: OrphanStep | null): Promise<OrphanStep | null> {
  const { rank, readyAt, id } = after ?? START;
  const [last] = await sql.query<OrphanStep>(DROP_ORPHANS, [rank, readyAt, id]);
  return last ?? null;
}
