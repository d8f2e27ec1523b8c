import type { ResolvedTaskSpec } from '@taskpilot/dto';
import type { Sql } from '@taskpilot/platform';

export interface WebTaskSpec extends ResolvedTaskSpec {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly traceparent: string | null;
  /** `null` when the caller gave no key. */
  readonly idempotencyKey: string | null;
  readonly requestHash: string | null;
}

export interface NewWebTask extends WebTaskSpec {
  readonly id: string;
}

/**
 * Creates PENDING tasks, each together with its idempotency key. A task whose key is taken already is left out, and
 * with it its row of the answer: look the key up by another statement, which sees what was committed meanwhile.
 * Sorted by key, so that two replicas cannot deadlock. `json_to_recordset` keeps the text of nested JSON as it is.
 *
 * @returns when each task was created, by id
 */
export async function insertWebTasks(sql: Sql, tasks: readonly NewWebTask[]): Promise<Map<string, Date>> {
  const rows = await sql.query<{ id: string; createdAt: Date }>(STATEMENT, [JSON.stringify(tasks)]);
  return new Map(rows.map(({ id, createdAt }) => [id, createdAt]));
}

const STATEMENT = `
  WITH task AS MATERIALIZED (
    SELECT * FROM json_to_recordset($1::json) AS task (
      id uuid, name text, type text, payload json, queue text, priority smallint, "runAt" timestamptz,
      "retryPolicy" json, "timeoutMs" integer, "deadlineAt" timestamptz, labels json, traceparent text,
      "idempotencyKey" text, "requestHash" text
    )
  ), taken AS (
    INSERT INTO idempotency_key (key, request_hash, web_task_id)
    SELECT "idempotencyKey", "requestHash", id FROM task WHERE "idempotencyKey" IS NOT NULL ORDER BY "idempotencyKey"
    ON CONFLICT (key) DO NOTHING
    RETURNING web_task_id
  )
  INSERT INTO web_task (id, name, type, payload, queue, priority, run_at, retry_policy, timeout_ms, deadline_at, labels,
    traceparent)
  SELECT id, name, type, payload, queue, priority, "runAt", "retryPolicy", "timeoutMs", "deadlineAt", labels,
    traceparent
  FROM task
  WHERE "idempotencyKey" IS NULL OR id IN (SELECT web_task_id FROM taken)
  RETURNING id, created_at AS "createdAt"`;
