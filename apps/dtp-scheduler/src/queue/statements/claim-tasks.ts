import type { Sql } from '@taskpilot/platform';
import type { ClaimedTask, ClaimLane, ClaimRequest } from '../task-queue.ts';

/** A place in the order of `ready`. The time is text in ISO form, so that it keeps its microseconds and compares. */
export interface ReadyPosition {
  readonly rank: number;
  readonly readyAt: string;
  readonly id: string;
}

const START: ReadyPosition = { rank: -32_768, readyAt: '-infinity', id: '00000000-0000-0000-0000-000000000000' };

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
    DELETE FROM claims WHERE worker_id = $1 AND claim_id = ANY ($8::uuid[])
  ), picked AS MATERIALIZED (
    SELECT rank, ready_at, id FROM ready
    WHERE EXISTS (SELECT FROM holder) AND ${LANES[lane]} AND type = ANY ($3::text[])
      AND (rank, ready_at, id) >= ($5::smallint, $6::timestamptz, $7::uuid)
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
    WHERE task.id = picked.id AND coalesce(task.state IN ('QUEUED', 'RETRYING'), false)
      AND (task.deadline_at IS NULL OR task.deadline_at > now())
    RETURNING task.id, task.attempt, task.type, task.payload, task.failed_attempts, task.lost_attempts,
      task.retry_policy, task.timeout_ms, task.traceparent,
      extract(epoch FROM task.deadline_at - clock_timestamp())::float8 * 1000 AS deadline_in_ms
  ), claim AS (
    INSERT INTO claims (worker_id, claim_id, ids, attempts)
    SELECT $1, $2, array_agg(id), array_agg(attempt) FROM taken HAVING count(*) > 0
  ), scan AS MATERIALIZED (
    SELECT (SELECT count(*) FROM picked)::integer AS picked, rank AS last_rank, id AS last_id,
      to_char(ready_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS last_ready_at
    FROM picked ORDER BY picked.rank DESC, picked.ready_at DESC, picked.id DESC LIMIT 1
  )
  SELECT scan.*, taken.*
  FROM scan LEFT JOIN (picked JOIN taken ON taken.id = picked.id) ON true
  ORDER BY picked.rank, picked.ready_at, picked.id`;

const STATEMENTS: Record<ClaimLane, string> = {
  fresh: claimSql('fresh'),
  lostOnce: claimSql('lostOnce'),
  lostTwice: claimSql('lostTwice'),
};

/** What the scan of `ready` came to, on every row of the answer. */
interface ScanColumns {
  readonly picked: number;
  readonly last_rank: number;
  readonly last_ready_at: string;
  readonly last_id: string;
}

interface TakenColumns {
  readonly id: string;
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

type ClaimRow = ScanColumns & (TakenColumns | { readonly id: null });

export interface Claim {
  readonly tasks: readonly ClaimedTask[];
  /** Ready rows taken, orphans included: fewer than asked for means that the scan reached the end. */
  readonly picked: number;
  /** The last ready row taken; the next scan may start there. */
  readonly last: ReadyPosition | null;
}

export async function claimTasks(
  sql: Sql,
  request: ClaimRequest & { readonly claimId: string },
  from: ReadyPosition | null,
  finished: readonly string[],
): Promise<Claim> {
  const { rank, readyAt, id } = from ?? START;
  const rows = await sql.query<ClaimRow>(STATEMENTS[request.lane], [
    request.workerId,
    request.claimId,
    request.types,
    request.limit,
    rank,
    readyAt,
    id,
    finished,
  ]);
  const [scan] = rows;
  return {
    tasks: rows.flatMap((row) => (row.id === null ? [] : [claimedTask(row)])),
    picked: scan?.picked ?? 0,
    last: scan ? { rank: scan.last_rank, readyAt: scan.last_ready_at, id: scan.last_id } : null,
  };
}

function claimedTask(row: TakenColumns): ClaimedTask {
  return {
    id: row.id,
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
