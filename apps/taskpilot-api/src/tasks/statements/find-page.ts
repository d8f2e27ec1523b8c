import { LIMITS } from '@taskpilot/contracts';
import type { Sql } from '@taskpilot/platform';

/** Newest first: how many tasks there are, of those asked for, and which of them a page has room for. */
const FIND_PAGE = `
  WITH asked AS MATERIALIZED (
    SELECT id, octet_length(payload::text) AS bytes FROM web_task
    WHERE $1::uuid IS NULL OR id < $1
    ORDER BY id DESC LIMIT $2
  )
  SELECT id, (SELECT count(*) FROM asked)::integer AS found
  FROM (SELECT id, sum(bytes) OVER (ORDER BY id DESC) - bytes AS bytes_before FROM asked) AS asked
  WHERE bytes_before < ${LIMITS.pageBytes}
  ORDER BY id DESC`;

export interface PageOfIds {
  readonly ids: readonly string[];
  /** Whether older ones follow. */
  readonly hasMore: boolean;
}

/** At most `limit` ids, of tasks older than `before`, if given. */
export async function findPage(sql: Sql, limit: number, before: string | null): Promise<PageOfIds> {
  const rows = await sql.query<{ id: string; found: number }>(FIND_PAGE, [before, limit + 1]);
  const ids = rows.slice(0, limit).map(({ id }) => id);
  return { ids, hasMore: (rows[0]?.found ?? 0) > ids.length };
}
