import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Response } from 'supertest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { FakeDtp, problem, type Reaction } from '../support/fake-dtp.ts';
import { type Api, createBoundTask, createTask, startApi } from './api-app.ts';

let database: TestDatabase;
let dtp: FakeDtp;
let api: Api;

beforeAll(async () => {
  [database, dtp] = await Promise.all([createTestDatabase('webdb'), FakeDtp.start()]);
  api = await startApi(database.url, dtp, { RECONCILE_MS: '60000' });
});
beforeEach(() => dtp.reset());
afterAll(async () => {
  await api?.close();
  await Promise.all([dtp?.stop(), database?.drop()]);
});

const ROUTES = [
  ['get', 'execution', ''],
  ['get', 'execution/attempts', '/attempts'],
  ['put', 'execution/cancel', '/cancel'],
] as const;

const bind = (id: string) => api.http.post(`/api/tasks/${id}/scheduler`);
const never = new Promise(() => undefined);
const forExecutions = (reaction: Reaction): void => {
  dtp.script = ({ path }) => (path.startsWith('/tasks/') ? reaction : undefined);
};

/** Keeps superagent from parsing. */
function bytesOf(response: Response, done: (error: Error | null, body: Buffer) => void): void {
  const chunks: Buffer[] = [];
  response.on('data', (chunk: Buffer) => chunks.push(Buffer.from(chunk)));
  response.on('end', () => done(null, Buffer.concat(chunks)));
}

describe('a connection that DTP closes as it is used again', () => {
  it('costs a read nothing', async () => {
    const { id } = await createBoundTask(api);
    const reactions: Reaction[] = [{ kind: 'cut' }];
    dtp.script = ({ path }) => (path.startsWith('/tasks/') ? reactions.pop() : undefined);
    await api.http.get(`/api/tasks/${id}/execution`).expect(200);
    expect(dtp.calls.filter(({ path }) => path.startsWith('/tasks/'))).toHaveLength(2);
  });

  it('makes a cancel’s outcome unknown: a repeat would be told that it has already ended', async () => {
    const { id } = await createBoundTask(api);
    const reactions: Reaction[] = [{ kind: 'loseAnswer' }];
    dtp.script = ({ path }) => (path.startsWith('/tasks/') ? reactions.pop() : undefined);
    const { body } = await api.http.put(`/api/tasks/${id}/execution/cancel`).expect(503).expect('retry-after', /\d/);
    expect(body).toMatchObject({ code: 'DTP_UNAVAILABLE', detail: expect.stringContaining('is not known') });
    expect(dtp.calls.filter(({ path }) => path.startsWith('/tasks/'))).toHaveLength(1);
  });

  it('is told from a DTP that is not there, which cannot have taken the cancel', async () => {
    const { id } = await createBoundTask(api);
    await dtp.stop();
    try {
      const { body } = await api.http.put(`/api/tasks/${id}/execution/cancel`).expect(503);
      expect(body.detail).toBe('DTP cannot be reached (ECONNREFUSED). Try again.');
    } finally {
      await dtp.resume();
    }
  });
});

describe.each(ROUTES)('%s /api/tasks/{id}/%s', (method, route, dtpRoute) => {
  const call = (id: string) => api.http[method](`/api/tasks/${id}/${route}`);

  it('relays DTP’s answer byte for byte', async () => {
    const { id, schedulerTaskId } = await createBoundTask(api);
    const bytes = '{"b" : 1.0, "a":"\\u00fc",\n "result":12345678901234567890, "a":1e400}';
    forExecutions({ kind: 'answer', status: 200, body: bytes });
    const { body, headers } = await call(id).buffer(true).parse(bytesOf).expect(200);
    expect(body.toString()).toBe(bytes);
    expect(headers['content-type']).toBe('application/json; charset=utf-8');
    expect(dtp.calls.at(-1)).toMatchObject({
      method: method.toUpperCase(),
      path: `/tasks/${schedulerTaskId}${dtpRoute}`,
    });
  });

  it('is 409 TASK_NOT_BOUND before the bind and after a refusal, and does not ask DTP', async () => {
    const id = await createTask(api);
    const { body } = await call(id).expect(409);
    expect(body).toMatchObject({ code: 'TASK_NOT_BOUND', detail: expect.stringContaining('PENDING') });
    dtp.script = ({ method: verb }) => (verb === 'POST' ? problem('VALIDATION_FAILED') : undefined);
    await bind(id).expect(422);
    const asked = dtp.calls.length;
    const { body: refused } = await call(id).expect(409);
    expect(refused).toMatchObject({ code: 'TASK_NOT_BOUND', detail: expect.stringContaining('BIND_FAILED') });
    expect(dtp.calls).toHaveLength(asked);
  });

  it.each<[string, Reaction, number, string]>([
    ['pruned it', problem('TASK_EXPIRED'), 410, 'EXECUTION_EXPIRED'],
    ['does not know it', problem('TASK_NOT_FOUND'), 502, 'EXECUTION_MISSING'],
    ['has no such route', problem('ROUTE_NOT_FOUND'), 502, 'DTP_ERROR'],
    ['fails', problem('INTERNAL'), 502, 'DTP_ERROR'],
    ['answers what no status allows for', { kind: 'answer', status: 418, body: '' }, 502, 'DTP_ERROR'],
    ['redirects', { kind: 'answer', status: 302, body: '', headers: { location: '/tasks' } }, 502, 'DTP_ERROR'],
    [
      'is overloaded',
      { ...problem('DATABASE_UNAVAILABLE'), headers: { 'retry-after': '7' } } as Reaction,
      503,
      'DTP_UNAVAILABLE',
    ],
    ['limits us', { kind: 'answer', status: 429, body: '' }, 503, 'DTP_UNAVAILABLE'],
    ['is another one', problem('WRONG_INSTANCE'), 503, 'DTP_UNAVAILABLE'],
    ['hangs up', { kind: 'cut' }, 503, 'DTP_UNAVAILABLE'],
    ['does not answer', { kind: 'hold', until: never }, 504, 'DTP_TIMEOUT'],
  ])('when DTP %s', async (_, reaction, status, code) => {
    const { id } = await createBoundTask(api);
    forExecutions(reaction);
    const { body, headers } = await call(id)
      .expect(status)
      .expect('content-type', /problem\+json/);
    expect(body).toMatchObject({ status, code, instance: `/api/tasks/${id}/${route}` });
    const needsRetryAfter = status === 503 || status === 504;
    expect(Number(headers['retry-after'] ?? 0) > 0).toBe(needsRetryAfter);
  });

  it('hands DTP’s Retry-After on', async () => {
    const { id } = await createBoundTask(api);
    forExecutions({ kind: 'answer', status: 503, body: '', headers: { 'retry-after': '7' } });
    await call(id).expect(503).expect('retry-after', '7');
  });

  it('is 503 when DTP is gone', async () => {
    const { id } = await createBoundTask(api);
    await dtp.stop();
    const { body } = await call(id).expect(503);
    await dtp.resume();
    expect(body.code).toBe('DTP_UNAVAILABLE');
    await call(id).expect(200);
  });
});

describe('GET /api/tasks/{id}/execution', () => {
  it('is 409 while the task is BINDING', async () => {
    const id = await createTask(api);
    dtp.script = () => ({ kind: 'cut' });
    await bind(id).expect(202);
    const { body } = await api.http.get(`/api/tasks/${id}/execution`).expect(409);
    expect(body).toMatchObject({ code: 'TASK_NOT_BOUND', detail: expect.stringContaining('BINDING') });
  });
});

describe('PUT /api/tasks/{id}/execution/cancel', () => {
  const cancel = (id: string) => api.http.put(`/api/tasks/${id}/execution/cancel`);

  it('relays that it is too late, as DTP says it', async () => {
    const { id } = await createBoundTask(api);
    await cancel(id).expect(200);
    const { body } = await cancel(id)
      .expect(409)
      .expect('content-type', /problem\+json/);
    expect(body).toMatchObject({ code: 'TASK_NOT_CANCELLABLE', state: 'CANCELLED', requestId: 'of-dtp' });
  });

  it('does not take another 409 for an answer', async () => {
    const { id } = await createBoundTask(api);
    dtp.script = () => ({ kind: 'answer', status: 409, body: '{}' });
    const { body } = await cancel(id).expect(502);
    expect(body.code).toBe('DTP_ERROR');
  });

  it.each<[string, Reaction]>([
    ['was lost on its way', { kind: 'cut' }],
    ['was answered, and the answer lost', { kind: 'loseAnswer' }],
  ])('completes a binding whose call %s, then cancels', async (_, reaction) => {
    dtp.script = () => reaction;
    const id = await createTask(api);
    await bind(id).expect(202);
    dtp.script = () => undefined;
    const { body } = await cancel(id).expect(200);
    expect(body).toMatchObject({ idempotencyKey: id, state: 'CANCELLED' });
    expect(dtp.tasks.size).toBe(1);
    const { body: task } = await api.http.get(`/api/tasks/${id}`).expect(200);
    expect(task).toMatchObject({ status: 'BOUND', schedulerTaskId: body.id });
  });

  it('joins the binding under way', async () => {
    const gate = Promise.withResolvers<void>();
    dtp.script = ({ method }) => (method === 'POST' ? { kind: 'hold', until: gate.promise } : undefined);
    const id = await createTask(api);
    await bind(id).expect(202);
    const cancelled = cancel(id).then((answer) => answer);
    gate.resolve();
    expect((await cancelled).status).toBe(200);
    expect(dtp.creates).toHaveLength(1);
  });

  it('is 503 while DTP is away, and changes nothing', async () => {
    dtp.script = () => ({ kind: 'cut' });
    const id = await createTask(api);
    await bind(id).expect(202);
    const { body } = await cancel(id).expect(503).expect('retry-after', /\d/);
    expect(body.code).toBe('DTP_UNAVAILABLE');
    const { body: task } = await api.http.get(`/api/tasks/${id}`).expect(200);
    expect(task.status).toBe('BINDING');
    expect(dtp.tasks.size).toBe(0);
  });

  it('is 409 when DTP refuses the task on the way', async () => {
    dtp.script = () => ({ kind: 'cut' });
    const id = await createTask(api);
    await bind(id).expect(202);
    dtp.script = ({ method }) => (method === 'POST' ? problem('VALIDATION_FAILED') : undefined);
    const { body } = await cancel(id).expect(409);
    expect(body.code).toBe('TASK_NOT_BOUND');
    const { body: task } = await api.http.get(`/api/tasks/${id}`).expect(200);
    expect(task.status).toBe('BIND_FAILED');
  });
});
