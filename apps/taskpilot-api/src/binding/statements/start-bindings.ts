import { byKey, type Sql } from '@taskpilot/platform';
import { BOUNDABLE_TASK_COLUMNS, type BoundableTask } from './binding-row.ts';

export interface StartBinding {
  readonly id: string;
  /** Of the request that binds; the one that created the task serves when this is `null`. */
  readonly traceparent: string | null;
}

/**
 * PENDING or BIND_FAILED → BINDING, when a caller asks for the bind; guarded by the status. Stores the exact body that
 * DTP will be sent, compact and with the JSON of the row as it stands, and when the reconciler may step in: not before
 * the call that follows has had its time (`graceMs`), with jitter. A new generation: what an earlier bind still has to say
 * of DTP's refusal no longer counts.
 *
 * @returns the tasks whose binding has started. One that is left out has another status, or is not there.
 */
export function startBindings(sql: Sql, starts: readonly StartBinding[], graceMs: number): Promise<BoundableTask[]> {
  return sql.query(STATEMENT, [starts.map(({ id }) => id), starts.map(({ traceparent }) => traceparent), graceMs]);
}

const jsonTime = (column: string) =>
  `coalesce(to_json(to_char(web_task.${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))::text, 'null')`;

const BODY = `format(
  '{"type":%s,"payload":%s,"queue":%s,"priority":%s,"runAt":%s,"retryPolicy":%s,"timeoutMs":%s,"deadlineAt":%s}',
  to_json(web_task.type), web_task.payload, to_json(web_task.queue), web_task.priority, ${jsonTime('run_at')},
  web_task.retry_policy, web_task.timeout_ms, ${jsonTime('deadline_at')})`;

const STATEMENT = `
  WITH wanted AS MATERIALIZED (
    SELECT * FROM unnest($1::uuid[], $2::text[]) AS wanted (id, traceparent)
  ), locked AS MATERIALIZED (
    SELECT web_task.id, wanted.traceparent FROM wanted JOIN web_task ON ${byKey('web_task.id', 'wanted.id')}
    WHERE web_task.status IN ('PENDING', 'BIND_FAILED')
    ORDER BY wanted.id FOR UPDATE OF web_task
  )
  UPDATE web_task SET
    status = 'BINDING',
    bind_error = NULL,
    bind_body = ${BODY},
    bind_generation = bind_generation + 1,
    bind_attempts = 0,
    bind_next_at = clock_timestamp() + make_interval(secs => $3::float8 / 1000 * (1 + random() / 2)),
    traceparent = coalesce(locked.traceparent, web_task.traceparent),
    updated_at = clock_timestamp()
  FROM locked
  WHERE ${byKey('web_task.id', 'locked.id')}
    AND web_task.status IN ('PENDING', 'BIND_FAILED')
  RETURNING ${BOUNDABLE_TASK_COLUMNS}`;
