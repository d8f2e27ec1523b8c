import type { WebTaskView } from '@taskpilot/contracts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type Api, createBoundTask, createTask, eventually, reaches, startApi } from './api-app.ts';
import { type Dtp, startDtp } from './dtp-app.ts';

const UNKNOWN_ID = '019aa0f5-7c1e-7b3a-9d0e-3f6a5c2b1d00';

let webdb: TestDatabase;
let dtpDatabase: TestDatabase;
let dtp: Dtp;
let api: Api;

beforeAll(async () => {
  [webdb, dtpDatabase] = await Promise.all([createTestDatabase('webdb'), createTestDatabase('dtp')]);
  dtp = await startDtp(dtpDatabase.url);
  api = await startApi(webdb.url, dtp);
});
afterAll(async () => {
  await api?.close();
  await dtp?.close();
  await Promise.all([webdb?.drop(), dtpDatabase?.drop()]);
});

const execution = (id: string) => api.http.get(`/api/tasks/${id}/execution`);
const cancel = (id: string) => api.http.put(`/api/tasks/${id}/execution/cancel`);

/** Waits until the execution is in a state, and answers it. */
const runs = (id: string, state: string) =>
  eventually(async () => {
    const { body } = await execution(id).expect(200);
    return body.state === state ? body : null;
  });

describe('create, bind, execute', () => {
  test('a task runs by itself once it is bound', async () => {
    const { body: created } = await api.http
      .post('/api/tasks')
      .send({ name: 'nightly report', type: 'echo', payload: { hello: 'world' }, labels: { team: 'billing' } })
      .expect(201);
    expect(created).toMatchObject({ status: 'PENDING', schedulerTaskId: null });

    const { body: bound } = await api.http.post(`/api/tasks/${created.id}/scheduler`).expect(200);
    expect(bound).toMatchObject({ id: created.id, status: 'BOUND', schedulerTaskId: expect.any(String) });

    const done = await runs(created.id, 'SUCCEEDED');
    expect(done).toMatchObject({ id: bound.schedulerTaskId, idempotencyKey: created.id, result: { hello: 'world' } });
    // The intent knows nothing of the runtime state.
    const { body: intent } = await api.http.get(`/api/tasks/${created.id}`).expect(200);
    expect(intent).toEqual(bound);
  });

  test('what was asked for reaches DTP whole', async () => {
    const spec = {
      type: 'echo',
      payload: { z: [1, { y: null }], a: 'ü' },
      queue: 'reports',
      priority: 42,
      runAt: '2099-01-01T00:00:00.000Z',
      retryPolicy: { maxAttempts: 2, strategy: 'linear', initialDelayMs: 5, factor: 3, maxDelayMs: 9, jitter: 'equal' },
      timeoutMs: 1234,
      deadlineAt: '2099-01-02T00:00:00.000Z',
    };
    const { id } = await bind(spec);
    const { body } = await execution(id).expect(200);
    expect(body).toMatchObject({ ...spec, state: 'QUEUED', maxAttempts: 2 });
    expect(JSON.stringify(body.payload)).toBe(JSON.stringify(spec.payload));
  });

  test('bound 50 times at once: one SchedulerTask', async () => {
    const id = await createTask(api);
    const answers = await Promise.all(Array.from({ length: 50 }, () => api.http.post(`/api/tasks/${id}/scheduler`)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map(({ body }) => body.schedulerTaskId)).size).toBe(1);
    const { body } = await dtp.http.get(`/tasks?idempotencyKey=${id}`).expect(200);
    expect(body.items).toHaveLength(1);
  });

  test('a task that DTP refuses says why, and may be bound again', async () => {
    const id = await createTask(api, { type: 'sleep', payload: { ms: 'soon' } });
    for (let time = 0; time < 2; time++) {
      const { body } = await api.http.post(`/api/tasks/${id}/scheduler`).expect(422);
      expect(body).toMatchObject({ code: 'BIND_REFUSED', errors: [{ pointer: '/payload/ms' }] });
    }
    const { body } = await api.http.get(`/api/tasks/${id}`).expect(200);
    expect(body).toMatchObject({ status: 'BIND_FAILED', bindError: { status: 400, code: 'VALIDATION_FAILED' } });
    expect((await execution(id).expect(409)).body.code).toBe('TASK_NOT_BOUND');
    expect((await cancel(id).expect(409)).body.code).toBe('TASK_NOT_BOUND');
  });
});

describe('query', () => {
  test('not bound: 409; unknown: 404; malformed: 400', async () => {
    const id = await createTask(api);
    expect((await execution(id).expect(409)).body).toMatchObject({ code: 'TASK_NOT_BOUND', status: 409 });
    expect((await execution(UNKNOWN_ID).expect(404)).body.code).toBe('TASK_NOT_FOUND');
    expect((await execution('nonsense').expect(400)).body.code).toBe('INVALID_ID');
  });

  test('bound: DTP’s own JSON, byte for byte', async () => {
    const { id, schedulerTaskId } = await createBoundTask(api);
    await runs(id, 'SUCCEEDED');
    const [relayed, direct] = await Promise.all([execution(id), dtp.http.get(`/tasks/${schedulerTaskId}`)]);
    expect(relayed.text).toBe(direct.text);
    const [attempts, directly] = await Promise.all([
      api.http.get(`/api/tasks/${id}/execution/attempts`),
      dtp.http.get(`/tasks/${schedulerTaskId}/attempts`),
    ]);
    expect(attempts.text).toBe(directly.text);
    expect(attempts.body.items).toHaveLength(1);
  });
});

describe('cancel', () => {
  test('not bound: 409, and unknown: 404', async () => {
    const id = await createTask(api);
    expect((await cancel(id).expect(409)).body.code).toBe('TASK_NOT_BOUND');
    expect((await cancel(UNKNOWN_ID).expect(404)).body.code).toBe('TASK_NOT_FOUND');
  });

  test('cancellable: 200 from DTP, relayed', async () => {
    const { id } = await bind({ type: 'sleep', payload: { ms: 60_000 } });
    await runs(id, 'RUNNING');
    const { body } = await cancel(id).expect(200);
    expect(body.state).toBe('CANCELLING');
    await runs(id, 'CANCELLED');
  });

  test('terminal: 409, decided by DTP, relayed', async () => {
    const { id, schedulerTaskId } = await createBoundTask(api);
    await runs(id, 'SUCCEEDED');
    const { body, headers } = await cancel(id).expect(409);
    expect(headers['content-type']).toContain('application/problem+json');
    expect(body).toMatchObject({
      code: 'TASK_NOT_CANCELLABLE',
      state: 'SUCCEEDED',
      instance: `/tasks/${schedulerTaskId}/cancel`,
    });
  });
});

describe('across the planes', () => {
  test('a request id goes with the call and comes back', async () => {
    const id = await createTask(api);
    const { headers } = await api.http.post(`/api/tasks/${id}/scheduler`).set('X-Request-Id', 'mine-42').expect(200);
    expect(headers['x-request-id']).toBe('mine-42');
    const { body } = await cancel(UNKNOWN_ID).set('X-Request-Id', 'mine-43').expect(404);
    expect(body.requestId).toBe('mine-43');
  });

  test('DTP away: TaskPilot accepts, says so, and heals when it is back', async () => {
    const { id: bound } = await createBoundTask(api);
    await runs(bound, 'SUCCEEDED');
    const port = Number(new URL(dtp.url).port);
    await dtp.close();

    const id = await createTask(api);
    const { body } = await api.http.post(`/api/tasks/${id}/scheduler`).expect(202);
    expect(body).toMatchObject({ status: 'BINDING', schedulerTaskId: null });
    const away = await execution(bound).expect(503);
    expect(away.headers['retry-after']).toMatch(/^\d+$/);
    expect(away.body.code).toBe('DTP_UNAVAILABLE');
    expect((await cancel(id).expect(503)).headers['retry-after']).toBeDefined();
    await api.http.get('/health/ready').expect(200);

    dtp = await startDtp(dtpDatabase.url, {}, port);
    await reaches(api, id, 'BOUND');
    await runs(id, 'SUCCEEDED');
  });

  test('both planes restarted in between: nothing is lost, and no task is made twice', async () => {
    const runAt = new Date(Date.now() + 2_000).toISOString();
    const waiting = await bind({ type: 'echo', payload: { survived: true }, runAt });
    const unbound = await createTask(api);
    const port = Number(new URL(dtp.url).port);
    await api.close();
    await dtp.close();
    dtp = await startDtp(dtpDatabase.url, {}, port);
    api = await startApi(webdb.url, dtp);
    const { body: again } = await api.http.post(`/api/tasks/${waiting.id}/scheduler`).expect(200);
    expect(again.schedulerTaskId).toBe(waiting.schedulerTaskId);
    await api.http.post(`/api/tasks/${unbound}/scheduler`).expect(200);
    expect(await runs(waiting.id, 'SUCCEEDED')).toMatchObject({ attempt: 1, result: { survived: true } });
    await runs(unbound, 'SUCCEEDED');
  });
});

/** Creates a task and binds it. */
async function bind(spec: object): Promise<WebTaskView> {
  const id = await createTask(api, spec);
  const { body } = await api.http.post(`/api/tasks/${id}/scheduler`).expect(200);
  return body;
}
