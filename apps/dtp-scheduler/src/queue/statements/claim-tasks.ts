import { DEFAULT_RETRY_POLICY, type RetryPolicy } from '@taskpilot/contracts';
import { byKey, type Sql } from '@taskpilot/platform';
import type { ClaimedTask, ClaimLane, ClaimRequest } from '../task-queue.ts';

/** A place in the order of `ready`. The time is text in ISO form, so that it keeps its microseconds and compares. */
export interface ReadyPosition {
  readonly rank: number;
  readonly readyAt: string;
  readonly id: string;
}

/** Before all others. */
export const START: ReadyPosition = { rank: -32_768, readyAt: '-infinity', id: '00000000-0000-0000-0000-000000000000' };

/** Suspects are found by the partial index `ready_suspect`, hence the condition that repeats its own. */
const LANES: Record<ClaimLane, string> = {
  fresh: 'lost_attempts = 0',
  lostOnce: 'lost_attempts > 0 AND lost_attempts = 1',
  lostTwice: 'lost_attempts > 0 AND lost_attempts >= 2',
};

/** What a worker has to know of a task that it has claimed. */
export const CLAIMED = `
  task.id, task.attempt, task.type, task.payload, task.priority, task.failed_attempts, task.lost_attempts,
  task.retry_policy, task.timeout_ms, task.traceparent,
  extract(epoch FROM task.deadline_at - clock_timestamp())::float8 * 1000 AS deadline_in_ms`;

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
    SELECT ctid, rank, ready_at, id FROM ready
    WHERE EXISTS (SELECT FROM holder) AND ${LANES[lane]} AND type = ANY ($3::text[])
      AND (rank, ready_at, id) >= ($5::smallint, $6::timestamptz, $7::uuid)
    ORDER BY rank, ready_at, id
    LIMIT $4
    FOR UPDATE SKIP LOCKED
  ), dropped AS (
    DELETE FROM ready USING picked WHERE ready.ctid = picked.ctid
  ), taken AS (
    UPDATE scheduler_task AS task
    SET state = 'RUNNING', state_seq = task.state_seq + 1, attempt = task.attempt + 1, worker_id = $1,
      started_at = now(), updated_at = now()
    FROM picked
    WHERE ${byKey('task.id', 'picked.id')} AND coalesce(task.state IN ('QUEUED', 'RETRYING'), false)
      AND (task.deadline_at IS NULL OR task.deadline_at > now())
    RETURNING ${CLAIMED}
  ), claim AS (
    INSERT INTO claims (worker_id, claim_id, ids, attempts)
    SELECT $1, $2, array_agg(id), array_agg(attempt) FROM taken HAVING count(*) > 0
  )
  SELECT * FROM taken FULL JOIN (
    SELECT concat_ws(' ', (SELECT count(*) FROM picked), rank,
      to_char(ready_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), id) AS scan
    FROM (SELECT rank, ready_at, id FROM picked ORDER BY rank DESC, ready_at DESC, id DESC LIMIT 1) AS last
  ) AS scan ON false`;

const STATEMENTS: Record<ClaimLane, string> = {
  fresh: claimSql('fresh'),
  lostOnce: claimSql('lostOnce'),
  lostTwice: claimSql('lostTwice'),
};

/** A row of its own after the tasks: the length of the scan of `ready`, and the rank, time and id of its last row. */
interface ScanRow {
  readonly id: null;
  readonly scan: string;
}

interface TakenRow {
  readonly id: string;
  readonly scan: null;
  readonly attempt: number;
  readonly type: string;
  readonly payload: ClaimedTask['payload'];
  readonly priority: number;
  readonly failed_attempts: number;
  readonly lost_attempts: number;
  readonly retry_policy: RetryPolicy | null;
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
  request: ClaimRequest & { readonly claimId: string },
  from: ReadyPosition | null,
  finished: readonly string[],
): Promise<Claim> {
  const { rank, readyAt, id } = from ?? START;
  const rows = await sql.query<TakenRow | ScanRow>(STATEMENTS[request.lane], [
    request.workerId,
    request.claimId,
    request.types,
    request.limit,
    rank,
    readyAt,
    id,
    finished,
  ]);
  const scan = rows.find((row) => row.scan !== null)?.scan.split(' ');
  const [picked = '0', lastRank = '', lastReadyAt = '', lastId = ''] = scan ?? [];
  return {
    tasks: rows
      .filter((row) => row.id !== null)
      .sort(highestFirst)
      .map(claimedTask),
    picked: Number(picked),
    last: lastId === '' ? null : { rank: Number(lastRank), readyAt: lastReadyAt, id: lastId },
  };
}

/** Ids rise with time. Sorting here costs less than sorting rows in PostgreSQL, which nearly always are in order. */
const highestFirst = (a: TakenRow, b: TakenRow): number => b.priority - a.priority || (a.id < b.id ? -1 : 1);

function claimedTask(row: TakenRow): ClaimedTask {
  return {
    id: row.id,
    attempt: row.attempt,
    type: row.type,
    payload: row.payload,
    failedAttempts: row.failed_attempts,
    lostAttempts: row.lost_attempts,
    retryPolicy: row.retry_policy ?? DEFAULT_RETRY_POLICY,
    timeoutMs: row.timeout_ms,
    deadlineInMs: row.deadline_in_ms,
    traceparent: row.traceparent,
  };
}
