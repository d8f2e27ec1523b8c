import type { Sql } from '@taskpilot/platform';

/** Walks along the partial index `ready_suspect`, hence the condition that repeats its own. */
const FIND_LOST_TWICE = `
  SELECT extract(epoch FROM clock_timestamp() - min(ready_at))::float8 * 1000 AS longest_ms
  FROM (
    SELECT ready_at FROM ready
    WHERE lost_attempts > 0 AND lost_attempts >= 2 AND type = ANY ($1::text[])
    ORDER BY rank, ready_at, id
    LIMIT 1000
  ) AS waiting`;

/** How long the first of those that were lost twice have waited, at most (milliseconds); `null` when there is none. */
export async function findLostTwice(sql: Sql, types: readonly string[]): Promise<number | null> {
  const [row] = await sql.query<{ longest_ms: number | null }>(FIND_LOST_TWICE, [types]);
  return row?.longest_ms ?? null;
}
