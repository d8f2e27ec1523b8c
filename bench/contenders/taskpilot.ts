import { Client } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { TASK_DEFAULTS } from '../../libs/contracts/src/limits.ts';
import { DEFAULT_RETRY_POLICY } from '../../libs/contracts/src/retry-policy.ts';
import { startPlane } from '../../test/support/processes.ts';
import { built } from '../../tools/build.ts';
import { expectCount } from '../support/expect-count.ts';
import { migrate } from '../support/planes.ts';
import type { Contender } from './contender.ts';

const FILL_BATCH = 1_000;

type Statement = typeof import('../../apps/dtp-scheduler/src/queue/statements/enqueue-tasks.ts');

/** Our execution plane as built, its worker alone. */
export function taskpilot(settings: Readonly<Record<string, string>>): Contender {
  return {
    name: 'taskpilot',
    gate: 'ready',
    claimers: 1,
    waiting: 'SELECT FROM ready ORDER BY rank DESC, ready_at DESC, id DESC LIMIT 1',
    unrecorded: `
      SELECT FROM claims, unnest(claims.ids) AS held (id) JOIN scheduler_task AS task ON task.id = held.id
      WHERE task.state IN ('RUNNING', 'CANCELLING', 'RETRYING') LIMIT 1`,
    migrate: async (url) => migrate('dtp-scheduler', { DTP_DB_URL: url }),
    fill: fillReady,
    async startWorker(url) {
      const plane = await startPlane('dtp', {
        DTP_DB_URL: url,
        DTP_ROLE: 'worker',
        DTP_DB_PREPARE: '1',
        LOG_LEVEL: 'warn',
        ...settings,
      });
      const { pid, exitCode } = plane.process;
      if (pid === undefined || exitCode !== null) throw new Error(`dtp-scheduler did not start:\n${plane.output()}`);
      return {
        pid,
        gone: () => (plane.process.exitCode === null ? null : `dtp-scheduler has stopped:\n${plane.output()}`),
        async stop() {
          const code = await plane.stop();
          if (code !== 0) throw new Error(`dtp-scheduler ended with ${code}:\n${plane.output()}`);
          return null;
        },
      };
    },
    copyFinished,
    async verify(database, { tasks, finishedBefore }) {
      const all = tasks + finishedBefore;
      const succeeded = `SELECT count(*) FROM scheduler_task WHERE state = 'SUCCEEDED' AND result IS NOT NULL AND attempt = 1`;
      await expectCount(database, 'tasks that succeeded at their first attempt', succeeded, all);
      // An attempt that succeeded is recorded in its task's row.
      const recorded =
        'SELECT count(*) FROM scheduler_task WHERE completed_by IS NOT NULL AND started_at <= finished_at';
      await expectCount(database, 'recorded attempts', recorded, all);
    },
  };
}

/** With the product's own statement, as built: whatever an enqueued task is, this is it. */
async function fillReady(url: string, tasks: number): Promise<void> {
  const { enqueueTasks }: Statement = await import(built('dtp-scheduler', 'queue/statements/enqueue-tasks'));
  const client = new Client(url);
  await client.connect();
  const sql = {
    query: async <Row>(statement: string, parameters: readonly unknown[]) =>
      (await client.query(statement, [...parameters])).rows as Row[],
  };
  try {
    for (let made = 0; made < tasks; made += FILL_BATCH) {
      await enqueueTasks(sql, Array.from({ length: Math.min(FILL_BATCH, tasks - made) }, newEchoTask));
    }
  } finally {
    await client.end();
  }
}

/** Under older ids, as if all of them had been run an hour before, and before that. */
async function copyFinished(url: string, tasks: number): Promise<void> {
  const client = new Client(url);
  await client.connect();
  try {
    await client.query('SET statement_timeout = 0');
    const { rows } = await client.query<{ columns: string; first: string; count: number }>(
      `SELECT string_agg(column_name, ', ') AS columns, (SELECT id FROM scheduler_task ORDER BY id LIMIT 1) AS first,
         (SELECT count(*)::integer FROM scheduler_task) AS count
       FROM information_schema.columns WHERE table_name = 'scheduler_task' AND column_name <> 'id'`,
    );
    const [{ columns, first, count } = { columns: '', first: '', count: tasks }] = rows;
    for (let copied = 0, hours = 1; copied < tasks; copied += count, hours++) {
      const values = [hours * 3_600_000, first, Math.min(count, tasks - copied)];
      await client.query(
        `INSERT INTO scheduler_task (id, ${columns})
         SELECT (lpad(to_hex(('x0000' || left(digits, 12))::bit(64)::bigint - $1), 12, '0') || right(digits, 20))::uuid,
           ${columns}
         FROM (SELECT *, replace(id::text, '-', '') AS digits FROM scheduler_task) AS task
         WHERE id >= $2 ORDER BY id LIMIT $3`,
        values,
      );
    }
  } finally {
    await client.end();
  }
}

function newEchoTask() {
  return {
    ...TASK_DEFAULTS,
    id: uuidv7(),
    type: 'echo',
    payload: { hello: 'world' },
    retryPolicy: DEFAULT_RETRY_POLICY,
    idempotencyKey: null,
    requestHash: '',
    runAt: null,
    deadlineAt: null,
    traceparent: null,
  };
}
