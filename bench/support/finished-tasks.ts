import type { Client } from 'pg';

/** So many tasks of ours that ended 40 days ago, each with its idempotency key, as vacuum leaves them. */
export async function finishedTasks(client: Client, count: number): Promise<void> {
  await client.query('SET statement_timeout = 0');
  await client.query(FINISHED, [count]);
  await client.query('VACUUM ANALYZE');
}

const FINISHED = `
  WITH made AS MATERIALIZED (
    SELECT at, (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7'
      || substr(md5(random()::text), 1, 3) || '8' || substr(md5(random()::text), 1, 15))::uuid AS id
    FROM (SELECT now() - interval '40 days' + nth * interval '500 ms' AS at FROM generate_series(1, $1::integer) AS nth)
  ), keyed AS (
    INSERT INTO idempotency_key (key, task_id, request_hash, created_at)
    SELECT id::text, id, md5(id::text), at FROM made
  )
  INSERT INTO scheduler_task (id, run_at, started_at, finished_at, created_at, updated_at, completed_by, state,
    state_seq, attempt, failed_attempts, lost_attempts, max_attempts, timeout_ms, priority, type, queue,
    idempotency_key, retry_policy, payload, result)
  SELECT id, at, at, at, at, at, gen_random_uuid(), 'SUCCEEDED', 3, 1, 0, 0, 5, 60000, 0, 'echo', 'default', id::text,
    '{"maxAttempts":5,"strategy":"exponential","initialDelayMs":1000,"factor":2,"maxDelayMs":300000,"jitter":"full"}',
    '{"hello":"world"}', '{"hello":"world"}'
  FROM made`;
