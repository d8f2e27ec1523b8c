import { Client } from 'pg';
import { forgetKeys } from '../../apps/taskpilot-api/src/retention/forget-keys.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { FakeDtp } from '../support/fake-dtp.ts';
import { type Api, createBoundTask, createTask, eventually, startApi } from './api-app.ts';

describe('TaskPilot', () => {
  let database: TestDatabase;
  let dtp: FakeDtp;
  let api: Api;

  beforeAll(async () => {
    database = await createTestDatabase('webdb');
    dtp = await FakeDtp.start();
    api = await startApi(database.url, dtp);
  });
  afterAll(async () => {
    await api.close();
    await dtp.stop();
    await database.drop();
  });

  /** The line of a sample, once its value is as expected. */
  const sampled = (start: string, holds: (value: number) => boolean) =>
    eventually(async () => {
      const { text } = await api.http.get('/metrics').expect(200);
      const line = text.split('\n').find((candidate) => candidate.startsWith(start));
      return line && holds(Number(line.split(' ').at(-1))) ? line : null;
    });

  test('has its metrics beside the API’s prefix, and counts calls to DTP by kind and status', async () => {
    await createBoundTask(api);
    await sampled('taskpilot_database_up', (up) => up === 1);
    await sampled('nodejs_eventloop_lag_p99_seconds', (lag) => lag > 0);
    const answered = await sampled(
      'taskpilot_dtp_call_duration_seconds_count{call="POST /tasks',
      (calls) => calls >= 1,
    );
    expect(answered).toMatch(/status="20[01]"/);
    await api.http.get('/api/metrics').expect(404);
  });

  test('shows bindings that wait, and calls that were not answered', async () => {
    const id = await createTask(api);
    await dtp.stop();
    await api.http.post(`/api/tasks/${id}/scheduler`).expect(202);
    await sampled('taskpilot_bindings_waiting', (waiting) => waiting === 1);
    const { text } = await api.http.get('/metrics');
    expect(text).toMatch(/taskpilot_dtp_call_duration_seconds_count\{call="[A-Z]+ \/[^"]*",status="none"\} [1-9]/);
    await dtp.resume();
    await sampled('taskpilot_bindings_waiting', (waiting) => waiting === 0);
  });

  test('forgets idempotency keys after 90 days, and never their tasks', async () => {
    const ids = [];
    for (const key of ['old', 'young']) {
      const { body } = await api.http
        .post('/api/tasks')
        .set('idempotency-key', key)
        .send({ name: 'a task', type: 'echo' })
        .expect(201);
      ids.push(body.id);
    }
    const client = new Client(database.url);
    await client.connect();
    await client.query(
      `UPDATE idempotency_key SET created_at = now() - CASE key WHEN 'old' THEN interval '91 days' ELSE interval '89 days' END`,
    );
    const sql = {
      query: async <Row>(statement: string, parameters: readonly unknown[]) =>
        (await client.query(statement, [...parameters])).rows as Row[],
    };
    expect(await forgetKeys(sql, null)).toBe('young');
    expect(await forgetKeys(sql, 'young')).toBeNull();
    const { rows } = await client.query('SELECT key FROM idempotency_key');
    expect(rows).toEqual([{ key: 'young' }]);
    await client.end();
    for (const id of ids) await api.http.get(`/api/tasks/${id}`).expect(200);
  });
});
