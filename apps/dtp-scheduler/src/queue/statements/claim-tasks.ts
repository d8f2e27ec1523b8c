import type { Sql } from '@taskpilot/platform';
import type { ClaimedTask, ClaimLane, ClaimRequest } from '../task-queue.ts';

/** Where in the order of `ready` a scan starts. Its time is cut to the millisecond, which only makes it start earlier. */
export interface ReadyPosition {
  readonly rank: number;
  readonly readyAt: Date;
}

const START: ReadyPosition = { rank: -32_768, readyAt: new Date(0) };

/** Suspects are found by the partial index `ready_suspect`, hence the condition that repeats its own. */
const LANES: Record<ClaimLane, string> = {
  fresh: 'lost_attempts = 0',
  lostOnce: 'lost_attempts > 0 AND lost_attempts = 1',
  lostTwice: 'lost_attempts > 0 AND lost_attempts >= 2',
};

/**
 * QUEUED or RETRYING → RUNNING, for a worker with a live lease.
 *
 * The lease is held with FOR KEY SHARE until the commit: a rescue, which wants the worker's row for itself, can't run
 * between this check and the claim's record, but a heartbeat can. Ready rows of tasks that have ended meanwhile
 * (a cancel touches the task alone) are dropped, and come back without an attempt. `finished` names claims of which
 * nothing is held any more: forgetting them here costs no transaction of its own.
 */
const claimSql = (lane: ClaimLane): string => `
  WITH holder AS MATERIALIZED (
    SELECT id FROM worker WHERE id = $1 AND lease_until > clock_timestamp() FOR KEY SHARE
  ), forgotten AS (
    DELETE FROM claims WHERE worker_id = $1 AND claim_id = ANY ($7::uuid[])
  ), picked AS MATERIALIZED (
    SELECT rank, ready_at, id FROM ready
    WHERE EXISTS (SELECT FROM holder) AND ${LANES[lane]} AND type = ANY ($3::text[])
      AND (rank, ready_at) >= ($5::smallint, $6::timestamptz)
    ORDER BY rank, ready_at, id
    LIMIT $4
    FOR UPDATE SKIP LOCKED
  ), dropped AS (
    DELETE FROM ready USING picked
    WHERE ready.rank = picked.rank AND ready.ready_at = picked.ready_at AND ready.id = picked.id
  ), taken AS (
    UPDATE scheduler_task AS task
    SET state = 'RUNNING', state_seq = task.state_seq + 1, attempt = task.attempt + 1, worker_id = $1,
      started_at = now(), updated_at = now()
    FROM picked
    WHERE task.id = picked.id AND task.state IN ('QUEUED', 'RETRYING')
      AND (task.deadline_at IS NULL OR task.deadline_at > now())
    RETURNING task.id, task.attempt, task.type, task.payload, task.failed_attempts, task.lost_attempts,
      task.retry_policy, task.timeout_ms, task.traceparent,
      extract(epoch FROM task.deadline_at - clock_timestamp())::float8 * 1000 AS deadline_in_ms
  ), claim AS (
    INSERT INTO claims (worker_id, claim_id, ids, attempts)
    SELECT $1, $2, array_agg(id), array_agg(attempt) FROM taken HAVING count(*) > 0
    ON CONFLICT (worker_id, claim_id)
    DO UPDATE SET ids = claims.ids || excluded.ids, attempts = claims.attempts || excluded.attempts
  )
  SELECT picked.rank, picked.ready_at, taken.*
  FROM picked LEFT JOIN taken ON taken.id = picked.id
  ORDER BY picked.rank, picked.ready_at, picked.id`;

const STATEMENTS: Record<ClaimLane, string> = {
  fresh: claimSql('fresh'),
  lostOnce: claimSql('lostOnce'),
  lostTwice: claimSql('lostTwice'),
};

interface PickedRow {
  readonly rank: number;
  readonly ready_at: Date;
  /** `null` where the ready row was an orphan. */
  readonly id: string | null;
  readonly attempt: number;
  readonly type: string;
  readonly payload: ClaimedTask['payload'];
  readonly failed_attempts: number;
  readonly lost_attempts: number;
  readonly retry_policy: ClaimedTask['retryPolicy'];
  readonly timeout_ms: number;
  readonly traceparent: string | null;
  readonly deadline_in_ms: number | null;
}

export interface Claim {
  readonly tasks: readonly ClaimedTask[];
  /** Ready rows taken, orphans included: fewer than asked for means that the scan reached the end. */
  readonly picked: number;
  /** The last ready row taken; the next scan may start there. */
  readonly last: ReadyPosition | null;
}

export async function claimTasks(
  sql: Sql,
  request: ClaimRequest,
  from: ReadyPosition | null,
  finished: readonly string[],
): Promise<Claim> {
  const { rank, readyAt } = from ?? START;
  const rows = await sql.query<PickedRow>(STATEMENTS[request.lane], [
    request.workerId,
    request.claimId,
    request.types,
    request.limit,
    rank,
    readyAt,
    finished,
  ]);
  const last = rows.at(-1);
  return {
    tasks: rows.flatMap((row) => (row.id === null ? [] : [claimedTask(row, row.id)])),
    picked: rows.length,
    last: last ? { rank: last.rank, readyAt: last.ready_at } : null,
  };
}

function claimedTask(row: PickedRow, id: string): ClaimedTask {
  return {
    id,
    attempt: row.attempt,
    type: row.type,
    payload: row.payload,
    failedAttempts: row.failed_attempts,
    lostAttempts: row.lost_attempts,
    retryPolicy: row.retry_policy,
    timeoutMs: row.timeout_ms,
    deadlineInMs: row.deadline_in_ms,
    traceparent: row.traceparent,
  };
}
