import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { PreparedSql, TypeOrmSql } from '@taskpilot/platform';
import type { DataSource } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { confirmBindings } from '../../apps/taskpilot-api/src/binding/statements/confirm-bindings.ts';
import { postponeBindings } from '../../apps/taskpilot-api/src/binding/statements/postpone-bindings.ts';
import { refuseBinding } from '../../apps/taskpilot-api/src/binding/statements/refuse-binding.ts';
import { startBindings } from '../../apps/taskpilot-api/src/binding/statements/start-bindings.ts';
import { takeDueBindings } from '../../apps/taskpilot-api/src/binding/statements/take-due-bindings.ts';
import { createWebdbDataSource } from '../../apps/taskpilot-api/src/database/data-source.ts';
import { newWebTask } from '../../apps/taskpilot-api/src/tasks/new-web-task.ts';
import { insertWebTasks } from '../../apps/taskpilot-api/src/tasks/statements/insert-web-tasks.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

const MANY = 3_000;
const FEW = 10;
const REFUSAL = { code: 'VALIDATION_FAILED', status: 400, detail: 'no', errors: [] };

let database: TestDatabase;
let source: DataSource;
let sql: PreparedSql;

beforeAll(async () => {
  database = await createTestDatabase('webdb');
  source = await createWebdbDataSource({ databaseUrl: database.url, poolSize: 1, prepare: true }).initialize();
  sql = new PreparedSql(source);
});
afterAll(async () => {
  await source.destroy();
  await database.drop();
});

/** How many rows and index entries have been read of all bindings so far. */
async function reads(): Promise<number> {
  await source.query('SELECT pg_stat_force_next_flush()');
  const [row] = await source.query(
    `SELECT (seq_tup_read + (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes AS index
       WHERE index.relid = tables.relid))::float8 AS reads
     FROM pg_stat_user_tables AS tables WHERE relname = 'web_task'`,
  );
  return row.reads;
}

async function insert(count: number): Promise<string[]> {
  const spec = newWebTask({ name: 'a task', type: 'echo' }, null, null);
  const tasks = Array.from({ length: count }, () => ({ ...spec, id: uuidv7() }));
  await insertWebTasks(new TypeOrmSql(source), tasks);
  return tasks.map(({ id }) => id);
}

it.each<[string, (ids: readonly string[]) => Promise<unknown>]>([
  [
    'start',
    (ids) =>
      startBindings(
        sql,
        ids.map((id) => ({ id, traceparent: null })),
        0,
      ),
  ],
  ['take', () => takeDueBindings(sql, FEW, 60_000)],
  [
    'postpone',
    (ids) =>
      postponeBindings(
        sql,
        ids.map((id) => ({ id, generation: 1, attempts: 0, delayMs: 60_000 })),
      ),
  ],
  ['refuse', ([id = uuidv7()]) => refuseBinding(sql, { id, generation: 1 }, REFUSAL)],
  [
    'confirm',
    (ids) =>
      confirmBindings(
        sql,
        ids.map((id) => ({ id, schedulerTaskId: uuidv7() })),
      ),
  ],
])('%s looks up its bindings among the many that came after it was planned', async (step, run) => {
  await source.query('TRUNCATE web_task CASCADE');
  await source.query('VACUUM ANALYZE web_task');
  await run([]);
  const ids = await insert(MANY);
  const due = step === 'start' ? ids.slice(FEW) : ids;
  await startBindings(
    new TypeOrmSql(source),
    due.map((id) => ({ id, traceparent: null })),
    0,
  );

  const before = await reads();
  await run(ids.slice(0, FEW));
  expect((await reads()) - before).toBeLessThan(FEW * 10);
});
