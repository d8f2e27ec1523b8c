import type { Sql } from '@taskpilot/platform';

/** How far from its head `ready` is looked through. */
const LOOKED_THROUGH = 10_000;

/**
 * No change of state: entries of `ready` whose task has ended are removed. Claims drop those they meet, but never meet
 * those of a type that nobody knows.
 */
const DROP_ORPHANS = `
  WITH head AS MATERIALIZED (
    SELECT rank, ready_at, id FROM ready ORDER BY rank, ready_at, id LIMIT ${LOOKED_THROUGH}
  ), dropped AS (
    DELETE FROM ready USING head
    WHERE ready.rank = head.rank AND ready.ready_at = head.ready_at AND ready.id = head.id
      AND NOT EXISTS (SELECT FROM scheduler_task AS task
        WHERE task.id = head.id AND task.state IN ('QUEUED', 'RETRYING'))
    RETURNING 1
  )
  SELECT count(*)::integer AS dropped FROM dropped`;

export async function dropOrphans(sql: Sql): Promise<number> {
  const [row] = await sql.query<{ dropped: number }>(DROP_ORPHANS, []);
  return row?.dropped ?? 0;
}
