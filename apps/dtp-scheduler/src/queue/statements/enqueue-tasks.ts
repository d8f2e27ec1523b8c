import type { Sql } from '@taskpilot/platform';
import type { NewTask } from '../task-queue.ts';
import { arrayLiteral, textArrayLiteral } from './array-literal.ts';
import { retryPolicyColumn } from './task-row.ts';

/**
 * nothing → QUEUED, unless the task's idempotency key is taken; and on to RUNNING at once, where a worker waits for it.
 *
 * Keys are inserted in their order: two statements that insert the same keys in opposite orders deadlock. Rows that
 * lost their key to an earlier request are left out of the answer, and looked up by a second statement: within this
 * one, a row that was committed meanwhile can be neither inserted nor seen.
 *
 * A task that is due goes to `ready`, one whose time lies ahead to `scheduled`, and one whose deadline has passed
 * nowhere: the deadline sweep ends it. With a claim, which a waiting worker of this process has room for, what is due
 * and of a type it knows goes to `claims` instead: two statements and two commits before its handler runs become one.
 * That is guarded by a live lease, and its record and what it forgets are a claim's (`claim-tasks.ts`).
 */
const ENQUEUE = `
  WITH holder AS MATERIALIZED (
    SELECT id FROM worker WHERE id = $14 AND lease_until > clock_timestamp() FOR KEY SHARE
  ), forgotten AS (
    DELETE FROM claims WHERE worker_id = $14 AND claim_id = ANY ($17::uuid[])
  ), input AS MATERIALIZED (
    SELECT * FROM ROWS FROM (
      unnest($1::uuid[], $2::text[], $3::text[], $4::text[]), json_array_elements($5::json),
      unnest($6::text[], $7::smallint[], $8::timestamptz[], $9::json[], $10::integer[], $11::integer[],
        $12::timestamptz[], $13::text[]))
    AS input (id, key, request_hash, type, payload, queue, priority,
      run_at, retry_policy, max_attempts, timeout_ms, deadline_at, traceparent)
  ), keyed AS (
    INSERT INTO idempotency_key (key, task_id, request_hash, created_at)
    SELECT key, id, request_hash, now() FROM input WHERE key IS NOT NULL ORDER BY key
    ON CONFLICT (key) DO NOTHING
    RETURNING task_id
  ), accepted AS MATERIALIZED (
    SELECT id, key, type, payload, queue, priority, greatest(run_at, now()) AS run_at, retry_policy, max_attempts,
      timeout_ms, deadline_at, traceparent,
      deadline_at <= now() IS TRUE AS expired, run_at > now() IS TRUE AS ahead,
      EXISTS (SELECT FROM holder) AND type = ANY ($16::text[])
        AND run_at > now() IS NOT TRUE AND deadline_at <= now() IS NOT TRUE AS claimed
    FROM input WHERE key IS NULL OR id IN (SELECT task_id FROM keyed)
  ), stored AS (
    INSERT INTO scheduler_task (id, run_at, deadline_at, created_at, updated_at, failed_attempts, lost_attempts,
      state, state_seq, attempt, worker_id, started_at,
      max_attempts, timeout_ms, priority, type, queue, idempotency_key, traceparent, retry_policy, payload)
    SELECT id, run_at, deadline_at, now(), now(), 0, 0,
      CASE WHEN claimed THEN 'RUNNING'::task_state ELSE 'QUEUED' END,
      CASE WHEN claimed THEN 2 ELSE 1 END,
      CASE WHEN claimed THEN 1 ELSE 0 END,
      CASE WHEN claimed THEN $14 END,
      CASE WHEN claimed THEN now() END,
      max_attempts, timeout_ms, priority, type, queue, key, traceparent, retry_policy, payload
    FROM accepted
  ), claim AS (
    INSERT INTO claims (worker_id, claim_id, ids, attempts)
    SELECT $14, $15, array_agg(id), array_agg(1) FROM accepted WHERE claimed HAVING count(*) > 0
  ), due AS (
    INSERT INTO ready (rank, ready_at, id, lost_attempts, type)
    SELECT -priority, now(), id, 0, type FROM accepted WHERE NOT (claimed OR ahead OR expired)
  ), later AS (
    INSERT INTO scheduled (run_at, id, rank, lost_attempts, type)
    SELECT run_at, id, -priority, 0, type FROM accepted WHERE ahead AND NOT expired
  ), bounded AS (
    INSERT INTO deadlines (deadline_at, id) SELECT deadline_at, id FROM accepted WHERE deadline_at IS NOT NULL
  )
  SELECT id, nullif(run_at, now()) AS run_at,
    CASE WHEN claimed THEN 'claimed' WHEN expired THEN 'expired' WHEN ahead THEN 'scheduled' ELSE 'ready' END AS place,
    CASE WHEN claimed THEN extract(epoch FROM deadline_at - clock_timestamp())::float8 * 1000 END AS deadline_in_ms,
    (SELECT round(extract(epoch FROM now()) * 1000000)::float8) AS created_us
  FROM accepted`;

/** What a waiting worker takes of the tasks that are being stored. */
export interface ImmediateClaim {
  readonly workerId: string;
  readonly claimId: string;
  readonly types: readonly string[];
  /** Claims of which nothing is held any more. */
  readonly finished: readonly string[];
}

export interface EnqueuedRow {
  readonly id: string;
  readonly run_at: Date;
  readonly created_at: Date;
  /** Where it waits; `claimed` by the worker that waited for it; `expired` where the deadline sweep will end it. */
  readonly place: 'ready' | 'scheduled' | 'claimed' | 'expired';
  readonly deadline_in_ms: number | null;
}

/** A time takes the driver longer to read than all else: `null` for a task that is due, and the statement's as a number. */
interface AnswerRow extends Omit<EnqueuedRow, 'run_at' | 'created_at'> {
  readonly run_at: Date | null;
  readonly created_us: number;
}

/** Answers with the tasks that were stored; those missing lost their idempotency key to an earlier request. */
export async function enqueueTasks(
  sql: Sql,
  tasks: readonly NewTask[],
  claim: ImmediateClaim | null = null,
): Promise<EnqueuedRow[]> {
  const rows = await sql.query<AnswerRow>(ENQUEUE, [
    arrayLiteral(tasks.map((task) => task.id)),
    textArrayLiteral(tasks.map((task) => task.idempotencyKey)),
    textArrayLiteral(tasks.map((task) => task.requestHash)),
    textArrayLiteral(tasks.map((task) => task.type)),
    `[${tasks.map((task) => JSON.stringify(task.payload)).join(',')}]`,
    textArrayLiteral(tasks.map((task) => task.queue)),
    arrayLiteral(tasks.map((task) => task.priority)),
    textArrayLiteral(tasks.map((task) => task.runAt)),
    textArrayLiteral(tasks.map((task) => retryPolicyColumn(task.retryPolicy))),
    arrayLiteral(tasks.map((task) => task.retryPolicy.maxAttempts)),
    arrayLiteral(tasks.map((task) => task.timeoutMs)),
    textArrayLiteral(tasks.map((task) => task.deadlineAt)),
    textArrayLiteral(tasks.map((task) => task.traceparent)),
    claim?.workerId ?? null,
    claim?.claimId ?? null,
    claim?.types ?? [],
    claim?.finished ?? [],
  ]);
  const createdAt = new Date(Math.floor((rows[0]?.created_us ?? 0) / 1_000));
  return rows.map(({ id, run_at, place, deadline_in_ms }) => ({
    id,
    run_at: run_at ?? createdAt,
    created_at: createdAt,
    place,
    deadline_in_ms,
  }));
}
