import type { Sql } from '@taskpilot/platform';

/**
 * No change of status: a BINDING whose call has failed is due again after `delayMs`. Guarded by the status, by the
 * generation, and by the count of failed calls, so that two replicas which failed at once do not count twice.
 */
export async function postponeBinding(
  sql: Sql,
  binding: { readonly id: string; readonly generation: number; readonly attempts: number },
  delayMs: number,
): Promise<void> {
  await sql.query(STATEMENT, [binding.id, binding.generation, binding.attempts, delayMs]);
}

const STATEMENT = `
  UPDATE web_task SET
    bind_attempts = bind_attempts + 1,
    bind_next_at = clock_timestamp() + make_interval(secs => $4::float8 / 1000)
  WHERE id = $1 AND status = 'BINDING' AND bind_generation = $2 AND bind_attempts = $3`;
