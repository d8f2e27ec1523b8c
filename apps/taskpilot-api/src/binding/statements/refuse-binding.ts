import type { BindError } from '@taskpilot/contracts';
import type { Sql } from '@taskpilot/platform';

/**
 * BINDING → BIND_FAILED, when DTP refuses the task itself; guarded by the status.
 *
 * @returns when, or `null` when the binding has been overtaken
 */
export async function refuseBinding(sql: Sql, id: string, error: BindError): Promise<Date | null> {
  const [row] = await sql.query<{ updatedAt: Date }>(STATEMENT, [id, JSON.stringify(error)]);
  return row?.updatedAt ?? null;
}

const STATEMENT = `
  UPDATE web_task SET
    status = 'BIND_FAILED',
    bind_error = $2::json,
    bind_body = NULL,
    bind_next_at = NULL,
    updated_at = clock_timestamp()
  WHERE id = $1 AND status = 'BINDING'
  RETURNING updated_at AS "updatedAt"`;
