import type { Sql } from '@taskpilot/platform';
import type { AuditRequest } from '../task-queue.ts';
import { FENCE } from './fence.ts';
import { releaseWhere } from './release-tasks.ts';

/**
 * RUNNING → QUEUED and CANCELLING → CANCELLED for what a live worker's claims hold and its memory does not: a claim
 * whose answer was lost would otherwise run for ever, since its worker is alive. Guarded by holder, attempt and a live
 * lease. Claims that hold nothing any more are forgotten. Left alone are those that may be committed at any moment, and
 * any that was made since: where a network has swallowed the statement for a while, the memory it tells of is an old one.
 */
const AUDIT = `
  WITH judged AS MATERIALIZED (
    SELECT claim_id, held.id, held.attempt, known.id IS NOT NULL AS in_memory
    FROM claims CROSS JOIN unnest(claims.ids, claims.attempts) AS held (id, attempt)
      LEFT JOIN unnest($2::uuid[], $3::integer[]) AS known (id, attempt)
        ON known.id = held.id AND known.attempt = held.attempt
    WHERE claims.worker_id = $1 AND claims.claim_id < $5 AND claims.claim_id <> ALL ($4::uuid[])
  ), ended AS MATERIALIZED (
    SELECT id, attempt FROM judged WHERE NOT in_memory ORDER BY id
  ), ${releaseWhere(FENCE)}
  , emptied AS (
    DELETE FROM claims WHERE worker_id = $1 AND claim_id IN (
      SELECT claim_id FROM judged GROUP BY claim_id HAVING NOT bool_or(in_memory))
      AND EXISTS (SELECT FROM worker WHERE worker.id = $1 AND worker.lease_until > clock_timestamp())
  )
  SELECT count(*)::integer AS released FROM moved`;

/** Of the worker's claims, all that are older than the id `before`, but for the `pending` ones. */
export interface JudgedClaims {
  readonly before: string;
  readonly pending: readonly string[];
}

/** Returns how many tasks were given back. */
export async function auditClaims(sql: Sql, request: AuditRequest, { before, pending }: JudgedClaims): Promise<number> {
  const [row] = await sql.query<{ released: number }>(AUDIT, [
    request.workerId,
    request.held.map((held) => held.id),
    request.held.map((held) => held.attempt),
    pending,
    before,
  ]);
  return row?.released ?? 0;
}
