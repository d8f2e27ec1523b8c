import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { TypeOrmSql } from '@taskpilot/platform';
import { v7 as uuidv7 } from 'uuid';
import { startBindings } from '../../apps/taskpilot-api/src/binding/statements/start-bindings.ts';
import { newWebTask } from '../../apps/taskpilot-api/src/tasks/new-web-task.ts';
import { insertWebTasks } from '../../apps/taskpilot-api/src/tasks/statements/insert-web-tasks.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { FakeDtp } from '../support/fake-dtp.ts';
import { type Api, createTask, eventually, reaches, startApi } from './api-app.ts';

let database: TestDatabase;
let dtp: FakeDtp;
let api: Api;

beforeAll(async () => {
  dtp = await FakeDtp.start();
});
beforeEach(async () => {
  dtp.reset();
  database = await createTestDatabase('webdb');
  api = await startReplica();
});
afterEach(async () => {
  await api.close();
  await database.drop();
});
afterAll(() => dtp.stop());

/** The grace of a taken binding is the real one here, so that on a busy machine no other replica takes it too. */
const startReplica = () => startApi(database.url, dtp, { DTP_TIMEOUT_MS: '5000' });

/** Tasks whose first step was taken by a process that died right after it, due at once. */
async function abandonedBindings(count: number): Promise<string[]> {
  const tasks = Array.from({ length: count }, () => ({
    ...newWebTask({ name: 'a task', type: 'echo' }, null, null),
    id: uuidv7(),
  }));
  const ids = tasks.map(({ id }) => id);
  const sql = new TypeOrmSql(api.dataSource);
  await insertWebTasks(sql, tasks);
  await startBindings(
    sql,
    ids.map((id) => ({ id, traceparent: null })),
    0,
  );
  return ids;
}

const unbound = async () => {
  const [row] = await api.dataSource.query(`SELECT count(*)::integer FROM web_task WHERE status <> 'BOUND'`);
  return row.count;
};

it('drives on what a process that died has left, by several replicas, one execution each', async () => {
  const replicas = await Promise.all([startReplica(), startReplica()]);
  const ids = await abandonedBindings(300);
  await eventually(async () => (await unbound()) === 0, 20_000);
  expect([...dtp.tasks.keys()].sort()).toEqual(ids.sort());
  expect(dtp.creates).toHaveLength(300);
  const rows = await api.dataSource.query('SELECT id, scheduler_task_id FROM web_task');
  for (const { id, scheduler_task_id } of rows) expect(dtp.tasks.get(id)?.id).toBe(scheduler_task_id);
  await Promise.all(replicas.map((replica) => replica.close()));
});

it('asks a DTP that is away by one call at a time, however much waits', async () => {
  dtp.script = () => ({ kind: 'answer', status: 503, body: '' });
  await abandonedBindings(200);
  await eventually(async () => dtp.creates.length >= 5);
  const { length: before } = dtp.creates;
  await new Promise((resolve) => setTimeout(resolve, 500));
  // A pause takes 50 to 100 ms here.
  expect(dtp.creates.length - before).toBeLessThanOrEqual(12);
  dtp.script = () => undefined;
  await eventually(async () => (await unbound()) === 0, 20_000);
  expect(dtp.tasks.size).toBe(200);
});

it('is not held up by a task that DTP fails on', async () => {
  const [poison = '', ...others] = await abandonedBindings(20);
  dtp.script = ({ method, headers }) =>
    method === 'POST' && headers['idempotency-key'] === poison ? { kind: 'answer', status: 500, body: '' } : undefined;
  await Promise.all(others.map((id) => reaches(api, id, 'BOUND')));
  dtp.script = () => undefined;
  await reaches(api, poison, 'BOUND');
});

it('waits at its end for a binding under way', async () => {
  const gate = Promise.withResolvers<void>();
  dtp.script = ({ method }) => (method === 'POST' ? { kind: 'hold', until: gate.promise } : undefined);
  const id = await createTask(api);
  await api.http.post(`/api/tasks/${id}/scheduler`).expect(202);
  const closed = api.close();
  gate.resolve();
  await closed;
  api = await startReplica();
  const { body } = await api.http.get(`/api/tasks/${id}`).expect(200);
  expect(body).toMatchObject({ status: 'BOUND', schedulerTaskId: dtp.tasks.get(id)?.id });
});
