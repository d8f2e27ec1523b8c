import { byKey, type Sql } from '@taskpilot/platform';

/** How long an idempotency key tells a repeat from a new request. DTP keeps its own as long after the task is gone. */
const REMEMBERED = `interval '90 days'`;
const STEP = 10_000;

/**
 * Removes keys made longer ago than they are remembered: a step of a walk along the primary key, so that no other index
 * is needed, and no statement takes long. Their tasks stay.
 */
const FORGET = `
  WITH looked AS MATERIALIZED (
    SELECT key, created_at FROM idempotency_key WHERE key > $1 ORDER BY key LIMIT ${STEP}
  ), removed AS (
    DELETE FROM idempotency_key USING looked
    WHERE ${byKey('idempotency_key.key', 'looked.key')} AND looked.created_at < clock_timestamp() - ${REMEMBERED}
  )
  SELECT key AS last FROM looked ORDER BY looked.key DESC LIMIT 1`;

/** @returns the key at which the next step goes on, `null` when this one found nothing more to look at */
export async function forgetKeys(sql: Sql, after: string | null): Promise<string | null> {
  const [row] = await sql.query<{ last: string }>(FORGET, [after ?? '']);
  return row?.last ?? null;
}
