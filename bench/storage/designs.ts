import type { Client } from 'pg';
import { built } from '../../tools/build.ts';

type Claims = typeof import('../../apps/dtp-scheduler/src/queue/statements/claim-tasks.ts');
type Completions = typeof import('../../apps/dtp-scheduler/src/queue/statements/complete-tasks.ts');
type Fences = typeof import('../../apps/dtp-scheduler/src/queue/statements/fence.ts');

const statement = (name: string) => import(built('dtp-scheduler', `queue/statements/${name}`));
const { CLAIMED, claimTasks }: Claims = await statement('claim-tasks');
const { completeTasks }: Completions = await statement('complete-tasks');
const { FENCE }: Fences = await statement('fence');

export interface Held {
  readonly id: string;
  readonly attempt: number;
}

/** How a task is found, held and ended, by one worker on one connection. */
export interface Design {
  readonly name: string;
  /** Makes the migrated and filled tables what the design needs. */
  readonly prepare?: readonly string[];
  claim(client: Client, workerId: string, claimId: string, limit: number): Promise<readonly Held[]>;
  complete(client: Client, workerId: string, held: readonly Held[]): Promise<unknown>;
}

const TYPES = ['echo', 'sleep', 'flaky', 'http.request'];

/** Each statement is prepared, as the product's are. */
const sqlOf = (client: Client) => ({
  query: async <Row>(text: string, values: readonly unknown[]) =>
    (await client.query({ name: nameOf(text), text, values: [...values] })).rows as Row[],
});

const names = new Map<string, string>();
function nameOf(text: string): string {
  const name = names.get(text) ?? `statement_${names.size}`;
  names.set(text, name);
  return name;
}

/** The product's own statements: a narrow table of what is ready, and a task's row that no index holds back. */
const split: Design = {
  name: 'split, as it is',
  async claim(client, workerId, claimId, limit) {
    const request = { workerId, claimId, types: TYPES, limit, lane: 'fresh' } as const;
    const { tasks } = await claimTasks(sqlOf(client), request, null, []);
    return tasks;
  },
  complete: (client, workerId, held) =>
    completeTasks(
      sqlOf(client),
      workerId,
      held.map((one) => ({ ...one, result: '{"hello":"world"}' })),
    ),
};

/** The same claim without `ready`: found, locked and marked in one table, by an index of what waits. */
const CLAIM_IN_PLACE = `
  WITH holder AS MATERIALIZED (
    SELECT id FROM worker WHERE id = $1 AND lease_until > clock_timestamp() FOR KEY SHARE
  ), picked AS MATERIALIZED (
    SELECT ctid, id FROM scheduler_task
    WHERE EXISTS (SELECT FROM holder) AND state IN ('QUEUED', 'RETRYING') AND lost_attempts = 0
      AND type = ANY ($3::text[]) AND run_at <= now() AND (deadline_at IS NULL OR deadline_at > now())
    ORDER BY priority DESC, run_at, id
    LIMIT $4
    FOR UPDATE SKIP LOCKED
  ), taken AS (
    UPDATE scheduler_task AS task
    SET state = 'RUNNING', state_seq = task.state_seq + 1, attempt = task.attempt + 1, worker_id = $1,
      started_at = now(), updated_at = now()
    FROM picked WHERE task.ctid = picked.ctid
    RETURNING ${CLAIMED}
  ), claim AS (
    INSERT INTO claims (worker_id, claim_id, ids, attempts)
    SELECT $1, $2, array_agg(id), array_agg(attempt) FROM taken HAVING count(*) > 0
  )
  SELECT * FROM taken`;

const inPlace: Design = {
  name: 'in place, partial index',
  prepare: [
    'TRUNCATE ready',
    `CREATE INDEX queued ON scheduler_task (priority DESC, run_at, id) WHERE state IN ('QUEUED', 'RETRYING')`,
  ],
  claim: (client, workerId, claimId, limit) =>
    sqlOf(client).query<Held>(CLAIM_IN_PLACE, [workerId, claimId, TYPES, limit]),
  complete: split.complete,
};

/** What ends well leaves the table, fenced as a completion is. */
const remove = (returning: string) => `
  DELETE FROM scheduler_task AS task
  USING ROWS FROM (unnest($2::uuid[]), unnest($3::integer[]), json_array_elements($4::json)) AS ended (id, attempt, result)
  WHERE ${FENCE} AND coalesce(task.state = 'RUNNING', false)
  RETURNING ${returning}`;

const endBy =
  (text: string): Design['complete'] =>
  (client, workerId, held) => {
    const [ids, attempts] = [held.map(({ id }) => id), held.map(({ attempt }) => attempt)];
    const results = `[${held.map(() => '{"hello":"world"}').join(',')}]`;
    return sqlOf(client).query(text, [workerId, `{${ids.join(',')}}`, `{${attempts.join(',')}}`, results]);
  };

const FINISHED = `run_at, started_at, now() AS finished_at, cancel_requested_at, deadline_at, created_at,
  now() AS updated_at, NULL::uuid AS worker_id, $1::uuid AS completed_by, 'SUCCEEDED'::task_state AS state, state_seq + 1,
  task.attempt, failed_attempts, lost_attempts, max_attempts, timeout_ms, priority, type, queue, idempotency_key,
  traceparent, retry_policy, payload, ended.result, NULL::json AS error`;

const archived: Design = {
  name: 'split, finished moved to an archive',
  prepare: ['CREATE TABLE archived_task (LIKE scheduler_task INCLUDING CONSTRAINTS INCLUDING INDEXES)'],
  claim: split.claim,
  complete: endBy(`
    WITH moved AS (${remove(`task.id, ${FINISHED}`)}), kept AS (INSERT INTO archived_task SELECT * FROM moved)
    SELECT id FROM moved`),
};

const deleted: Design = {
  name: 'split, finished deleted',
  claim: split.claim,
  complete: endBy(remove('task.id')),
};

export const DESIGNS: readonly Design[] = [split, inPlace, archived, deleted];
