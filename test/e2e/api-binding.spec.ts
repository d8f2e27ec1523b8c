import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { FakeDtp, problem, type Reaction } from '../support/fake-dtp.ts';
import { type Api, createTask, reaches, startApi } from './api-app.ts';

let database: TestDatabase;
let dtp: FakeDtp;
let api: Api;

/** Far above what a bind takes, on a machine that stands still for a while too; DTP's own limit comes later. */
const BIND_TIMEOUT_MS = 2_000;
const DTP_TIMEOUT_MS = 3_000;

beforeAll(async () => {
  [database, dtp] = await Promise.all([createTestDatabase('webdb'), FakeDtp.start()]);
  const env = { BIND_TIMEOUT_MS: `${BIND_TIMEOUT_MS}`, DTP_TIMEOUT_MS: `${DTP_TIMEOUT_MS}` };
  api = await startApi(database.url, dtp, env);
});
beforeEach(() => dtp.reset());
afterAll(async () => {
  await api?.close();
  await Promise.all([dtp?.stop(), database?.drop()]);
});

const bind = (id: string) => api.http.post(`/api/tasks/${id}/scheduler`);

/** Reacts to the first `times` creates alone. */
function react(reaction: Reaction, times = 1): void {
  let left = times;
  dtp.script = ({ method }) => (method === 'POST' && left-- > 0 ? reaction : undefined);
}

describe('POST /api/tasks/{id}/scheduler', () => {
  it('binds, and sends DTP the whole task, once', async () => {
    const spec = {
      type: 'echo',
      payload: { z: [1, { b: '"%s"', a: '\\' }], a: 'ü' },
      queue: 'reports',
      priority: -7,
      runAt: '2030-01-01T00:00:00.000Z',
      timeoutMs: 1,
      deadlineAt: '2030-01-02T00:00:00.100Z',
    };
    const id = await createTask(api, { ...spec, retryPolicy: { factor: 1.5 }, labels: { team: 'billing' } });
    const { body } = await bind(id).expect(200);
    expect(body).toMatchObject({ id, status: 'BOUND', schedulerTaskId: dtp.tasks.get(id)?.id, bindError: null });
    const [call, ...others] = dtp.creates;
    expect(others).toEqual([]);
    expect(call?.headers['idempotency-key']).toBe(id);
    expect(JSON.parse(call?.body ?? '')).toEqual({ ...spec, retryPolicy: body.retryPolicy });
    expect(call?.body).toContain(`"payload":${JSON.stringify(spec.payload)}`);
    const { body: stored } = await api.http.get(`/api/tasks/${id}`).expect(200);
    expect(stored).toEqual(body);
  });

  it('says the same however often it is called, and asks DTP no more', async () => {
    const id = await createTask(api);
    const { body: first } = await bind(id).expect(200);
    const { body: second } = await bind(id).expect(200);
    expect(second).toEqual(first);
    expect(dtp.creates).toHaveLength(1);
  });

  it('makes one execution, by one call, of fifty binds at once', async () => {
    const id = await createTask(api);
    const answers = await Promise.all(Array.from({ length: 50 }, () => bind(id)));
    expect(new Set(answers.map(({ status, body }) => `${status} ${body.schedulerTaskId}`)).size).toBe(1);
    expect(answers[0]?.status).toBe(200);
    expect(dtp.creates.map(({ headers }) => headers['idempotency-key'])).toEqual([id]);
  });

  it('passes the request id and the trace on', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const id = await createTask(api);
    await bind(id).set('x-request-id', 'mine-42').set('traceparent', traceparent).expect(200);
    expect(dtp.creates[0]?.headers).toMatchObject({ 'x-request-id': 'mine-42', traceparent });
  });

  it('lends an untraced bind the trace of the create', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const { body } = await api.http
      .post('/api/tasks')
      .set('traceparent', traceparent)
      .send({ name: 'n', type: 'echo' });
    await bind(body.id).expect(200);
    expect(dtp.creates[0]?.headers.traceparent).toBe(traceparent);
  });
});

describe('when DTP does not confirm', () => {
  it('answers 202 when the answer is lost, and the reconciler binds to what was made', async () => {
    dtp.script = ({ method }) => (method === 'POST' ? { kind: 'loseAnswer' } : undefined);
    const id = await createTask(api);
    const { body, headers } = await bind(id).expect(202);
    expect(body).toMatchObject({ id, status: 'BINDING', schedulerTaskId: null });
    expect(headers).toMatchObject({ location: `/api/tasks/${id}`, 'retry-after': '1' });
    dtp.script = () => undefined;
    const bound = await reaches(api, id, 'BOUND');
    expect(bound.schedulerTaskId).toBe(dtp.tasks.get(id)?.id);
    expect(dtp.tasks.size).toBe(1);
  });

  it('heals by a repeat of the caller’s too, with the very same body', async () => {
    dtp.script = ({ method }) => (method === 'POST' ? { kind: 'loseAnswer' } : undefined);
    const id = await createTask(api);
    await bind(id).expect(202);
    dtp.script = () => undefined;
    const { body } = await bind(id).expect(200);
    expect(body.schedulerTaskId).toBe(dtp.tasks.get(id)?.id);
    expect(new Set(dtp.creates.map((call) => call.body)).size).toBe(1);
  });

  it('repeats a call at once when the kept-alive connection it went out on is closed', async () => {
    await bind(await createTask(api)).expect(200);
    react({ kind: 'cut' });
    await bind(await createTask(api)).expect(200);
    expect(dtp.creates).toHaveLength(3);
  });

  it('answers 202 in time when DTP is slow, and takes the late answer', async () => {
    const gate = Promise.withResolvers<void>();
    react({ kind: 'hold', until: gate.promise });
    const id = await createTask(api);
    const startedAt = performance.now();
    await bind(id).expect(202);
    expect(performance.now() - startedAt).toBeLessThan(DTP_TIMEOUT_MS - 10);
    gate.resolve();
    await reaches(api, id, 'BOUND');
    expect(dtp.creates).toHaveLength(1);
  });

  it('accepts while DTP is gone, and binds when it is back', async () => {
    await dtp.stop();
    const id = await createTask(api);
    const { body } = await bind(id).expect(202);
    expect(body.status).toBe('BINDING');
    await dtp.resume();
    await reaches(api, id, 'BOUND');
    expect(dtp.tasks.size).toBe(1);
  });

  it.each([
    ['too many requests', problem('DATABASE_UNAVAILABLE'), 429],
    ['an error of its own', problem('INTERNAL'), 500],
    ['that it is overloaded', problem('DATABASE_UNAVAILABLE'), 503],
    ['that there is no such route', problem('ROUTE_NOT_FOUND'), 404],
    ['success without a task', { kind: 'answer' as const, body: '{}' }, 201],
    [
      'success for another task',
      { kind: 'answer' as const, body: { id: crypto.randomUUID(), idempotencyKey: 'x' } },
      200,
    ],
    ['a refusal that is not its own', { kind: 'answer' as const, body: '<h1>Bad Request</h1>' }, 400],
    ['a redirect', { kind: 'answer' as const, body: '', headers: { location: '/elsewhere' } }, 307],
    ['that the key is pruned, without an id', problem('TASK_EXPIRED'), 410],
    ['that the call, not the task, is malformed', problem('BAD_REQUEST'), 400],
    ['that the content type is not the right one', problem('UNSUPPORTED_MEDIA_TYPE'), 415],
  ])('keeps trying when DTP says %s', async (_, answer, status) => {
    react({ ...answer, status });
    const id = await createTask(api);
    await bind(id).expect(202);
    await reaches(api, id, 'BOUND');
    expect(dtp.creates.length).toBeGreaterThan(1);
    expect(dtp.tasks.size).toBe(1);
  });
});

describe('when DTP refuses the task itself', () => {
  const errors = [{ pointer: '/payload/url', detail: 'must be an http or https URL' }];

  it.each([
    [400, problem('VALIDATION_FAILED', { detail: 'The payload does not fit.', errors })],
    [400, problem('MALFORMED_JSON', { detail: 'The payload does not fit.', errors })],
    [413, problem('BODY_TOO_LARGE', { detail: 'The payload does not fit.', errors })],
    [422, { ...problem('VALIDATION_FAILED', { detail: 'The payload does not fit.', errors }), status: 422 }],
  ])('answers 422 with what DTP said by %i, and stores it', async (status, answer) => {
    react(answer);
    const id = await createTask(api);
    const { body } = await bind(id).expect(422);
    expect(body).toMatchObject({ code: 'BIND_REFUSED', detail: 'The payload does not fit.', errors });
    const { body: task } = await api.http.get(`/api/tasks/${id}`).expect(200);
    expect(task).toMatchObject({
      status: 'BIND_FAILED',
      schedulerTaskId: null,
      bindError: { code: expect.any(String), status, detail: 'The payload does not fit.', errors },
    });
  });

  it('tries again when it is bound again', async () => {
    react(problem('VALIDATION_FAILED', { errors }));
    const id = await createTask(api);
    await bind(id).expect(422);
    const { body } = await bind(id).expect(200);
    expect(body).toMatchObject({ status: 'BOUND', bindError: null });
  });

  it('binds all the same when an earlier call has made the execution', async () => {
    dtp.script = ({ method }) => (method === 'POST' ? { kind: 'loseAnswer' } : undefined);
    const id = await createTask(api);
    await bind(id).expect(202);
    dtp.script = ({ method }) => (method === 'POST' ? problem('VALIDATION_FAILED', { errors }) : undefined);
    const { body } = await bind(id).expect(200);
    expect(body.schedulerTaskId).toBe(dtp.tasks.get(id)?.id);
  });
});

describe('when DTP knows the key', () => {
  it('binds to the execution that the key made, if the bodies differ', async () => {
    const id = await createTask(api);
    dtp.tasks.set(id, { id: crypto.randomUUID(), idempotencyKey: id, body: '{"type":"echo"}', state: 'QUEUED' });
    const { body } = await bind(id).expect(200);
    expect(body).toMatchObject({ status: 'BOUND', schedulerTaskId: dtp.tasks.get(id)?.id });
  });

  it('gives up, and says why, when the execution of the key is gone and its id unknown', async () => {
    react(problem('IDEMPOTENCY_MISMATCH'));
    const id = await createTask(api);
    const { body } = await bind(id).expect(422);
    expect(body).toMatchObject({ code: 'BIND_REFUSED', detail: expect.stringContaining('key') });
    const { body: task } = await api.http.get(`/api/tasks/${id}`).expect(200);
    expect(task).toMatchObject({ status: 'BIND_FAILED', bindError: { status: 422, code: 'IDEMPOTENCY_MISMATCH' } });
  });

  it('binds to an execution that is pruned already, which its reader is then told', async () => {
    const taskId = crypto.randomUUID();
    const id = await createTask(api);
    dtp.script = () => problem('TASK_EXPIRED', { taskId });
    const { body } = await bind(id).expect(200);
    expect(body).toMatchObject({ status: 'BOUND', schedulerTaskId: taskId });
    const { body: gone } = await api.http.get(`/api/tasks/${id}/execution`).expect(410);
    expect(gone.code).toBe('EXECUTION_EXPIRED');
  });
});
