import type { Sql } from '@taskpilot/platform';
import type { NewTask } from '../task-queue.ts';
import { retryPolicyColumn } from './task-row.ts';

/**
 * nothing → QUEUED, unless the task's idempotency key is taken.
 *
 * Keys are inserted in their order: two statements that insert the same keys in opposite orders deadlock. Rows that
 * lost their key to an earlier request are left out of the answer, and looked up by a second statement: within this
 * one, a row that was committed meanwhile can be neither inserted nor seen.
 *
 * A task that is due goes to `ready`, one whose time lies ahead to `scheduled`, and one whose deadline has passed
 * nowhere: the deadline sweep ends it.
 */
const ENQUEUE = `
  WITH input AS MATERIALIZED (
    SELECT * FROM unnest(
      $1::uuid[], $2::text[], $3::text[], $4::text[], $5::json[], $6::text[], $7::smallint[],
      $8::timestamptz[], $9::json[], $10::integer[], $11::integer[], $12::timestamptz[], $13::text[])
    AS input (id, key, request_hash, type, payload, queue, priority,
      run_at, retry_policy, max_attempts, timeout_ms, deadline_at, traceparent)
  ), keyed AS (
    INSERT INTO idempotency_key (key, task_id, request_hash, created_at)
    SELECT key, id, request_hash, now() FROM input WHERE key IS NOT NULL ORDER BY key
    ON CONFLICT (key) DO NOTHING
    RETURNING task_id
  ), accepted AS MATERIALIZED (
    SELECT id, key, type, payload, queue, priority, greatest(run_at, now()) AS run_at, retry_policy, max_attempts,
      timeout_ms, deadline_at, traceparent, deadline_at <= now() IS TRUE AS expired
    FROM input WHERE key IS NULL OR id IN (SELECT task_id FROM keyed)
  ), stored AS (
    INSERT INTO scheduler_task (id, run_at, deadline_at, created_at, updated_at, state, state_seq, attempt,
      failed_attempts, lost_attempts, max_attempts, timeout_ms, priority, type, queue, idempotency_key, traceparent,
      retry_policy, payload)
    SELECT id, run_at, deadline_at, now(), now(), 'QUEUED', 1, 0,
      0, 0, max_attempts, timeout_ms, priority, type, queue, key, traceparent, retry_policy, payload
    FROM accepted
  ), due AS (
    INSERT INTO ready (rank, ready_at, id, lost_attempts, type)
    SELECT -priority, now(), id, 0, type FROM accepted WHERE run_at <= now() AND NOT expired
  ), later AS (
    INSERT INTO scheduled (run_at, id, rank, lost_attempts, type)
    SELECT run_at, id, -priority, 0, type FROM accepted WHERE run_at > now() AND NOT expired
  ), bounded AS (
    INSERT INTO deadlines (deadline_at, id) SELECT deadline_at, id FROM accepted WHERE deadline_at IS NOT NULL
  )
  SELECT id, run_at, now() AS created_at, run_at <= now() AND NOT expired AS ready FROM accepted`;

export interface EnqueuedRow {
  readonly id: string;
  readonly run_at: Date;
  readonly created_at: Date;
  readonly ready: boolean;
}

/** Answers with the tasks that were stored; those missing lost their idempotency key to an earlier request. */
export function enqueueTasks(sql: Sql, tasks: readonly NewTask[]): Promise<EnqueuedRow[]> {
  return sql.query<EnqueuedRow>(ENQUEUE, [
    tasks.map((task) => task.id),
    tasks.map((task) => task.idempotencyKey),
    tasks.map((task) => task.requestHash),
    tasks.map((task) => task.type),
    tasks.map((task) => JSON.stringify(task.payload)),
    tasks.map((task) => task.queue),
    tasks.map((task) => task.priority),
    tasks.map((task) => task.runAt),
    tasks.map((task) => retryPolicyColumn(task.retryPolicy)),
    tasks.map((task) => task.retryPolicy.maxAttempts),
    tasks.map((task) => task.timeoutMs),
    tasks.map((task) => task.deadlineAt),
    tasks.map((task) => task.traceparent),
  ]);
}
