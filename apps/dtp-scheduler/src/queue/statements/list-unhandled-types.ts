import type { Sql } from '@taskpilot/platform';

/** Looks at the head of the queue alone, where tasks that nobody can take gather. */
const LIST_UNHANDLED = `
  WITH known AS MATERIALIZED (
    SELECT DISTINCT unnest(types) AS type FROM worker WHERE lease_until > clock_timestamp()
  ), head AS MATERIALIZED (
    SELECT type FROM ready ORDER BY rank, ready_at, id LIMIT 10000
  )
  SELECT DISTINCT head.type FROM head
  WHERE EXISTS (SELECT FROM known) AND NOT EXISTS (SELECT FROM known WHERE known.type = head.type)
  LIMIT $1`;

export async function listUnhandledTypes(sql: Sql, limit: number): Promise<string[]> {
  const rows = await sql.query<{ type: string }>(LIST_UNHANDLED, [limit]);
  return rows.map((row) => row.type);
}
