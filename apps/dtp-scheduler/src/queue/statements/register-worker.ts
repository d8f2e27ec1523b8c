import type { Sql } from '@taskpilot/platform';

/**
 * Gives a worker its lease. Repeatable: the answer to a first try may have been lost, and an id that has not been
 * confirmed yet has claimed nothing.
 */
const REGISTER = `
  INSERT INTO worker (id, lease_until, types, started_at)
  VALUES ($1, clock_timestamp() + $3::float8 * interval '1 millisecond', $2::text[], clock_timestamp())
  ON CONFLICT (id) DO UPDATE SET lease_until = excluded.lease_until`;

export async function registerWorker(
  sql: Sql,
  workerId: string,
  types: readonly string[],
  leaseMs: number,
): Promise<void> {
  await sql.query(REGISTER, [workerId, types, leaseMs]);
}
