import type { Sql } from '@taskpilot/platform';

/**
 * Extends a lease that still lives. Guarded by itself: a lease that has lapsed is never revived, since a rescuer may
 * already be at work on what it held.
 */
const HEARTBEAT = `
  UPDATE worker SET lease_until = clock_timestamp() + $2::float8 * interval '1 millisecond'
  WHERE id = $1 AND lease_until > clock_timestamp()
  RETURNING id`;

/** Returns whether the lease lives. */
export async function heartbeatWorker(sql: Sql, workerId: string, leaseMs: number): Promise<boolean> {
  const rows = await sql.query(HEARTBEAT, [workerId, leaseMs]);
  return rows.length > 0;
}
