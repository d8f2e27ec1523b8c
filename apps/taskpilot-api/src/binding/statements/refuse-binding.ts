import type { BindError } from '@taskpilot/contracts';
import type { Sql } from '@taskpilot/platform';
import { IS_BINDING } from './binding-row.ts';

/**
 * BINDING → BIND_FAILED, when DTP refuses the task itself; guarded by the status, and by the generation: a late refusal
 * of an earlier bind must not end one that DTP may have accepted meanwhile.
 *
 * @returns when, or `null` when the binding has been overtaken
 */
export async function refuseBinding(
  sql: Sql,
  binding: { readonly id: string; readonly generation: number },
  error: BindError,
): Promise<Date | null> {
  const values = [binding.id, binding.generation, JSON.stringify(error)];
  const [row] = await sql.query<{ updatedAt: Date }>(STATEMENT, values);
  return row?.updatedAt ?? null;
}

const STATEMENT = `
  UPDATE web_task SET
    status = 'BIND_FAILED',
    bind_error = $3::json,
    bind_body = NULL,
    bind_next_at = NULL,
    updated_at = clock_timestamp()
  WHERE id = $1 AND ${IS_BINDING} AND bind_generation = $2
  RETURNING updated_at AS "updatedAt"`;
