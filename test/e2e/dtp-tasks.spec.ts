import { DEFAULT_RETRY_POLICY } from '@taskpilot/contracts';
import pg from 'pg';
import { TaskQueue } from '../../apps/dtp-scheduler/src/queue/task-queue.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { eventually } from './api-app.ts';
import { attemptsOf, becomes, type Dtp, enqueue, startDtp } from './dtp-app.ts';

const UNKNOWN_ID = '019aa0f5-7c1e-7b3a-9d0e-3f6a5c2b1d00';
const fixed = { strategy: 'fixed', initialDelayMs: 20, jitter: 'none' };

let database: TestDatabase;
let dtp: Dtp;

beforeAll(async () => {
  database = await createTestDatabase('dtp');
  dtp = await startDtp(database.url);
});
afterAll(async () => {
  await dtp?.close();
  await database?.drop();
});

describe('a task on its way', () => {
  test('is answered QUEUED with every default, and succeeds by itself', async () => {
    const { body, headers } = await dtp.http
      .post('/tasks')
      .send({ type: 'echo', payload: { hello: 'world' } })
      .expect(201);
    expect(headers.location).toBe(`/tasks/${body.id}`);
    expect(body).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/),
      idempotencyKey: null,
      type: 'echo',
      payload: { hello: 'world' },
      queue: 'default',
      priority: 0,
      state: 'QUEUED',
      stateSeq: 1,
      attempt: 0,
      failedAttempts: 0,
      lostAttempts: 0,
      maxAttempts: 5,
      retryPolicy: DEFAULT_RETRY_POLICY,
      timeoutMs: 60_000,
      deadlineAt: null,
      runAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      startedAt: null,
      finishedAt: null,
      cancelRequestedAt: null,
      workerId: null,
      result: null,
      error: null,
      createdAt: body.runAt,
      updatedAt: body.runAt,
    });
    const done = await becomes(dtp, body.id, 'SUCCEEDED');
    expect(done).toMatchObject({ stateSeq: 3, attempt: 1, result: { hello: 'world' }, error: null, workerId: null });
    expect(Date.parse(done.finishedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(done.startedAt ?? ''));
    expect(await attemptsOf(dtp, body.id)).toEqual([
      {
        number: 1,
        workerId: expect.any(String),
        startedAt: done.startedAt,
        finishedAt: done.finishedAt,
        outcome: 'SUCCEEDED',
        error: null,
        retryAt: null,
      },
    ]);
  });

  test('shows its open attempt while it runs', async () => {
    const { id } = await enqueue(dtp, { type: 'sleep', payload: { ms: 60_000 } });
    const running = await becomes(dtp, id, 'RUNNING');
    expect(running.workerId).not.toBeNull();
    expect(await attemptsOf(dtp, id)).toEqual([
      {
        number: 1,
        workerId: running.workerId,
        startedAt: running.startedAt,
        finishedAt: null,
        outcome: null,
        error: null,
        retryAt: null,
      },
    ]);
    await dtp.http.put(`/tasks/${id}/cancel`).expect(200);
  });

  test('fails twice, is retried when its policy says, and succeeds', async () => {
    const { id } = await enqueue(dtp, {
      type: 'flaky',
      payload: { failures: 2, result: 'at last' },
      retryPolicy: { ...fixed, maxAttempts: 3 },
    });
    const done = await becomes(dtp, id, 'SUCCEEDED');
    expect(done).toMatchObject({ attempt: 3, failedAttempts: 2, result: 'at last', error: null });
    const attempts = await attemptsOf(dtp, id);
    expect(attempts.map(({ outcome }) => outcome)).toEqual(['FAILED', 'FAILED', 'SUCCEEDED']);
    for (const [index, attempt] of attempts.slice(0, 2).entries()) {
      expect(attempt.error).toMatchObject({ code: 'HANDLER_ERROR' });
      expect(Date.parse(attempt.retryAt ?? '') - Date.parse(attempt.finishedAt ?? '')).toBe(20);
      expect(Date.parse(attempts[index + 1]!.startedAt)).toBeGreaterThanOrEqual(Date.parse(attempt.retryAt ?? ''));
    }
  });

  test('fails for good when its attempts are used up', async () => {
    const { id } = await enqueue(dtp, {
      type: 'flaky',
      payload: { failures: 9 },
      retryPolicy: { ...fixed, maxAttempts: 2 },
    });
    const failed = await becomes(dtp, id, 'FAILED');
    expect(failed).toMatchObject({ attempt: 2, failedAttempts: 2, result: null, error: { code: 'HANDLER_ERROR' } });
    const attempts = await attemptsOf(dtp, id);
    expect(attempts.map(({ retryAt }) => retryAt === null)).toEqual([false, true]);
  });

  test('a timeout bounds one attempt, and is retried', async () => {
    const { id } = await enqueue(dtp, {
      type: 'sleep',
      payload: { ms: 60_000 },
      timeoutMs: 50,
      retryPolicy: { ...fixed, maxAttempts: 2 },
    });
    expect(await becomes(dtp, id, 'FAILED')).toMatchObject({ failedAttempts: 2, error: { code: 'TIMEOUT' } });
    const attempts = await attemptsOf(dtp, id);
    expect(attempts.map(({ outcome }) => outcome)).toEqual(['TIMED_OUT', 'TIMED_OUT']);
  });

  test('a deadline bounds the whole task', async () => {
    const inAWhile = () => new Date(Date.now() + 300).toISOString();
    const running = await enqueue(dtp, { type: 'sleep', payload: { ms: 60_000 }, deadlineAt: inAWhile() });
    expect(await becomes(dtp, running.id, 'FAILED')).toMatchObject({ error: { code: 'DEADLINE_EXCEEDED' } });
    const waiting = await enqueue(dtp, { type: 'echo', deadlineAt: inAWhile(), runAt: '2099-01-01T00:00:00.000Z' });
    expect(await becomes(dtp, waiting.id, 'FAILED')).toMatchObject({
      attempt: 0,
      error: { code: 'DEADLINE_EXCEEDED' },
    });
    const past = await enqueue(dtp, { type: 'echo', deadlineAt: '2020-01-01T00:00:00.000Z' });
    expect(await becomes(dtp, past.id, 'FAILED')).toMatchObject({ attempt: 0, error: { code: 'DEADLINE_EXCEEDED' } });
  });

  test('does not start before its time, and a time in the past means now', async () => {
    const later = new Date(Date.now() + 400).toISOString();
    const { id, state, runAt } = await enqueue(dtp, { type: 'echo', runAt: later });
    expect([state, runAt]).toEqual(['QUEUED', later]);
    const done = await becomes(dtp, id, 'SUCCEEDED');
    expect(Date.parse(done.startedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(later));
    const past = await enqueue(dtp, { type: 'echo', runAt: '2020-01-01T00:00:00.000Z' });
    expect(past.runAt).toBe(past.createdAt);
    await becomes(dtp, past.id, 'SUCCEEDED');
  });

  test('of an unknown type is accepted and waits', async () => {
    const { id } = await enqueue(dtp, { type: 'nobody.knows' });
    const known = await enqueue(dtp, { type: 'echo' });
    await becomes(dtp, known.id, 'SUCCEEDED');
    expect((await dtp.http.get(`/tasks/${id}`)).body).toMatchObject({ state: 'QUEUED', attempt: 0 });
    await dtp.http.put(`/tasks/${id}/cancel`).expect(200);
  });
});

describe('cancel', () => {
  test('ends a waiting task at once, and a repeat is told that it is over', async () => {
    const { id } = await enqueue(dtp, { type: 'echo', runAt: '2099-01-01T00:00:00.000Z' });
    const { body } = await dtp.http.put(`/tasks/${id}/cancel`).expect(200);
    expect(body).toMatchObject({ state: 'CANCELLED', stateSeq: 2 });
    const { body: problem, headers } = await dtp.http.put(`/tasks/${id}/cancel`).expect(409);
    expect(headers['content-type']).toContain('application/problem+json');
    expect(problem).toMatchObject({ code: 'TASK_NOT_CANCELLABLE', state: 'CANCELLED', status: 409 });
  });

  test('ends a task that waits for its retry', async () => {
    const { id } = await enqueue(dtp, {
      type: 'flaky',
      payload: { failures: 9 },
      retryPolicy: { ...fixed, initialDelayMs: 60_000 },
    });
    await becomes(dtp, id, 'RETRYING');
    const { body } = await dtp.http.put(`/tasks/${id}/cancel`).expect(200);
    expect(body).toMatchObject({ state: 'CANCELLED', error: { code: 'HANDLER_ERROR' } });
  });

  test('tells a running handler within a second', async () => {
    const { id } = await enqueue(dtp, { type: 'sleep', payload: { ms: 60_000 } });
    await becomes(dtp, id, 'RUNNING');
    const { body } = await dtp.http.put(`/tasks/${id}/cancel`).expect(200);
    expect(body).toMatchObject({ state: 'CANCELLING', finishedAt: null });
    const ended = await becomes(dtp, id, 'CANCELLED');
    expect(Date.parse(ended.finishedAt ?? '') - Date.parse(ended.cancelRequestedAt ?? '')).toBeLessThan(1_000);
    expect(ended).toMatchObject({ result: null, workerId: null });
    expect((await attemptsOf(dtp, id)).map(({ outcome }) => outcome)).toEqual(['CANCELLED']);
  });

  test('comes too late for what has ended', async () => {
    const { id } = await enqueue(dtp, { type: 'echo' });
    await becomes(dtp, id, 'SUCCEEDED');
    const { body } = await dtp.http.put(`/tasks/${id}/cancel`).expect(409);
    expect(body).toMatchObject({ code: 'TASK_NOT_CANCELLABLE', state: 'SUCCEEDED' });
  });

  test('reaches a handler in another process', async () => {
    const other = await startDtp(database.url, { DTP_ROLE: 'api' });
    try {
      const { id } = await enqueue(dtp, { type: 'sleep', payload: { ms: 60_000 } });
      await becomes(dtp, id, 'RUNNING');
      await other.http.put(`/tasks/${id}/cancel`).expect(200);
      await becomes(dtp, id, 'CANCELLED');
    } finally {
      await other.close();
    }
  });
});

describe('idempotency', () => {
  const post = (key: string, body: object) => dtp.http.post('/tasks').set('Idempotency-Key', key).send(body);

  test('the same key and body: what exists now; another body: 422', async () => {
    const first = await post('k1', { type: 'echo', payload: { a: 1, b: 2 } }).expect(201);
    await becomes(dtp, first.body.id, 'SUCCEEDED');
    const again = await post('k1', { payload: { b: 2, a: 1 }, type: 'echo' }).expect(200);
    expect(again.body).toMatchObject({ id: first.body.id, state: 'SUCCEEDED', idempotencyKey: 'k1' });
    const { body } = await post('k1', { type: 'echo', payload: { a: 1, b: 3 } }).expect(422);
    expect(body.code).toBe('IDEMPOTENCY_MISMATCH');
  });

  test('50 at once make one task', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => post('k2', { type: 'echo' })));
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(49);
  });

  test('a key whose task was pruned answers 410', async () => {
    const { body } = await post('k3', { type: 'echo' }).expect(201);
    await becomes(dtp, body.id, 'SUCCEEDED');
    await inDatabase(`WITH gone AS (DELETE FROM scheduler_task WHERE id = '${body.id}' RETURNING id),
      attempts AS (DELETE FROM attempt WHERE task_id = '${body.id}')
      INSERT INTO pruned_task SELECT id, now() FROM gone`);
    const { body: problem } = await post('k3', { type: 'echo' }).expect(410);
    expect(problem).toMatchObject({ code: 'TASK_EXPIRED', taskId: body.id });
    await dtp.http.get(`/tasks/${body.id}`).expect(410);
    await dtp.http.get(`/tasks/${body.id}/attempts`).expect(410);
    await dtp.http.put(`/tasks/${body.id}/cancel`).expect(410);
  });
});

describe('lists and look-ups', () => {
  test('pages by cursor, newest first', async () => {
    const queue = 'paged';
    const ids: string[] = [];
    for (let number = 0; number < 5; number++) ids.push((await enqueue(dtp, { type: 'echo', queue })).id);
    const first = await dtp.http.get(`/tasks?queue=${queue}&limit=3`).expect(200);
    expect(first.body.items.map(({ id }: { id: string }) => id)).toEqual(ids.slice(2).reverse());
    const second = await dtp.http.get(`/tasks?queue=${queue}&limit=3&cursor=${first.body.nextCursor}`).expect(200);
    expect(second.body.items.map(({ id }: { id: string }) => id)).toEqual(ids.slice(0, 2).reverse());
    expect(second.body.nextCursor).toBeNull();
    const none = await dtp.http.get('/tasks?type=no.such.type').expect(200);
    expect(none.body).toEqual({ items: [], nextCursor: null });
  });

  test('ends a page once it has 4 MiB of payloads and results, and goes on with the next', async () => {
    const runAt = new Date(Date.now() + 3_600_000).toISOString();
    const large = { type: 'echo', queue: 'large', runAt, payload: { text: 'x'.repeat(250_000) } };
    const ids: string[] = [];
    for (let made = 0; made < 18; made++) ids.push((await enqueue(dtp, large)).id);
    const first = await dtp.http.get('/tasks?queue=large').expect(200);
    expect(first.body.items).toHaveLength(17);
    const second = await dtp.http.get(`/tasks?queue=large&cursor=${first.body.nextCursor}`).expect(200);
    expect([...first.body.items, ...second.body.items].map(({ id }) => id)).toEqual(ids.toReversed());
    expect(second.body.nextCursor).toBeNull();
  });

  test('what is not there is 404, a malformed id 400', async () => {
    for (const path of [`/tasks/${UNKNOWN_ID}`, `/tasks/${UNKNOWN_ID}/attempts`]) {
      expect((await dtp.http.get(path).expect(404)).body.code).toBe('TASK_NOT_FOUND');
    }
    expect((await dtp.http.put(`/tasks/${UNKNOWN_ID}/cancel`).expect(404)).body.code).toBe('TASK_NOT_FOUND');
    for (const id of ['1', 'x'.repeat(36), `${UNKNOWN_ID}0`, '%00']) {
      expect((await dtp.http.get(`/tasks/${id}`).expect(400)).body.code).toBe('INVALID_ID');
    }
  });

  test('says which instance it is, and refuses callers that expect another', async () => {
    const { headers } = await dtp.http.get('/tasks').expect(200);
    const instance = headers['x-dtp-instance'] ?? '';
    expect(instance).toMatch(/^[0-9a-f-]{36}$/);
    await dtp.http.get('/tasks').set('X-DTP-Instance', instance).expect(200);
    const { body } = await dtp.http.post('/tasks').set('X-DTP-Instance', UNKNOWN_ID).send({ type: 'echo' }).expect(421);
    expect(body.code).toBe('WRONG_INSTANCE');
  });
});

describe('payloads of types that are known here', () => {
  test.each([
    ['sleep', {}, '/payload/ms'],
    ['sleep', { ms: '10' }, '/payload/ms'],
    ['sleep', { ms: -1 }, '/payload/ms'],
    ['flaky', { failures: 1.5 }, '/payload/failures'],
    ['http.request', {}, '/payload/url'],
    ['http.request', { url: 'ftp://example.com' }, '/payload/url'],
    ['http.request', { url: 'https://example.com', metod: 'GET' }, '/payload/metod'],
    ['http.request', { url: 'https://example.com', headers: { 'X-A': 'b\r\nX-C: d' } }, '/payload/headers/X-A'],
  ])('%s %j is refused at %s', async (type, payload, pointer) => {
    const { body } = await dtp.http.post('/tasks').send({ type, payload }).expect(400);
    expect(body.code).toBe('VALIDATION_FAILED');
    expect(body.errors.map((error: { pointer: string }) => error.pointer)).toContain(pointer);
  });
});

test('a worker that is drained hands back what it runs, at no cost, and another goes on', async () => {
  const first = await startDtp(database.url, { DTP_CONCURRENCY: '1000' });
  await dtp.close();
  const { id } = await enqueue(first, { type: 'sleep', payload: { ms: 1_500 } });
  await becomes(first, id, 'RUNNING');
  await first.close();
  dtp = await startDtp(database.url);
  const done = await becomes(dtp, id, 'SUCCEEDED');
  expect(done).toMatchObject({ attempt: 2, failedAttempts: 0, lostAttempts: 0 });
  expect((await attemptsOf(dtp, id)).map(({ outcome }) => outcome)).toEqual(['RELEASED', 'SUCCEEDED']);
});

test('nothing is left behind in the narrow tables once everything has ended', async () => {
  await dtp.app.get(TaskQueue).dropOrphans();
  await eventually(async () => {
    const [row] = await inDatabase(`SELECT (SELECT count(*) FROM ready) + (SELECT count(*) FROM cancelling)
      + (SELECT count(*) FROM scheduler_task WHERE state IN ('RUNNING', 'CANCELLING'))::integer AS count`);
    return Number(row?.count) === 0;
  });
});

async function inDatabase(statement: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}
