import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DEFAULT_RETRY_POLICY, LIMITS } from '@taskpilot/contracts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { FakeDtp } from '../support/fake-dtp.ts';
import { type Api, createTask, startApi } from './api-app.ts';

let database: TestDatabase;
let dtp: FakeDtp;
let api: Api;

beforeAll(async () => {
  [database, dtp] = await Promise.all([createTestDatabase('webdb'), FakeDtp.start()]);
  api = await startApi(database.url, dtp);
});
afterAll(async () => {
  await api?.close();
  await Promise.all([dtp?.stop(), database?.drop()]);
});

const VALID = { name: 'nightly report', type: 'http.request' };
const UNKNOWN_ID = '019aa0f5-7c1e-7b3a-9d0e-3f6a5c2b1d00';
const post = (body: object) => api.http.post('/api/tasks').send(body);
const count = async () => {
  const [row] = await api.dataSource.query('SELECT count(*)::integer FROM web_task');
  return row.count;
};

describe('POST /api/tasks', () => {
  it('answers 201 with the task, every default filled in, and where to find it', async () => {
    const { body, headers } = await post(VALID).expect(201);
    expect(headers.location).toBe(`/api/tasks/${body.id}`);
    expect(body).toEqual({
      ...VALID,
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/),
      payload: {},
      queue: 'default',
      priority: 0,
      runAt: null,
      retryPolicy: DEFAULT_RETRY_POLICY,
      timeoutMs: 60_000,
      deadlineAt: null,
      labels: {},
      status: 'PENDING',
      schedulerTaskId: null,
      bindError: null,
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      updatedAt: body.createdAt,
    });
    const { body: stored } = await api.http.get(headers.location ?? '').expect(200);
    expect(stored).toEqual(body);
    expect(dtp.creates).toEqual([]);
  });

  it('keeps payload and labels as they were sent, order and all', async () => {
    const payload = { z: 1, a: { toString: '\u2028 "quoted" \\', nested: [[], {}, null, 1.5e-7] }, valueOf: false };
    const labels = { zone: 'b', area: '' };
    const { body } = await post({ ...VALID, type: 'echo', payload, labels, runAt: '2030-01-01T01:00:00+01:00' });
    const { text } = await api.http.get(`/api/tasks/${body.id}`).expect(200);
    expect(text).toContain(`"payload":${JSON.stringify(payload)}`);
    expect(text).toContain(`"labels":${JSON.stringify(labels)}`);
    expect(text).toContain('"runAt":"2030-01-01T00:00:00.000Z"');
  });

  it.each([
    ['a field that is missing', { name: undefined }, '/name'],
    ['an unknown field', { prio: 1 }, '/prio'],
    ['an unknown field that every object inherits', { toString: 1 }, '/toString'],
    ['null where it means nothing', { queue: null }, '/queue'],
    ['a number as text', { timeoutMs: '1e9' }, '/timeoutMs'],
    ['a number out of range', { retryPolicy: { maxAttempts: 1_001 } }, '/retryPolicy/maxAttempts'],
    ['a day that does not exist', { runAt: '2026-02-30T00:00:00Z' }, '/runAt'],
    ['a time finer than milliseconds', { deadlineAt: '2026-02-03T00:00:00.0001Z' }, '/deadlineAt'],
    ['a label that is no text', { labels: { good: 'x', bad: 1 } }, '/labels/bad'],
    ['a label with a bad key', { labels: { 'a/b': '' } }, '/labels/a~1b'],
    ['a header with a line break', { payload: { headers: { 'x-evil': 'a\r\nb' } } }, '/payload/headers/x-evil'],
    ['a payload that is a list', { payload: [] }, '/payload'],
    ['a policy that is text', { retryPolicy: 'fixed' }, '/retryPolicy'],
  ])('refuses %s, and points at it', async (_, fields, pointer) => {
    const before = await count();
    const { body } = await post({ ...VALID, ...fields })
      .expect(400)
      .expect('content-type', /problem\+json/);
    expect(body.code).toBe('VALIDATION_FAILED');
    expect(body.errors).toEqual([{ pointer, detail: expect.any(String) }]);
    expect(await count()).toBe(before);
  });

  it('refuses a task that outgrows what DTP accepts once its defaults are filled in', async () => {
    const room = LIMITS.bodyBytes - JSON.stringify({ ...VALID, payload: { text: '' } }).length;
    const { body } = await post({ ...VALID, payload: { text: 'x'.repeat(room) } }).expect(413);
    expect(body.code).toBe('BODY_TOO_LARGE');
  });
});

describe('POST /api/tasks with an Idempotency-Key', () => {
  const keyed = (key: string, body: object) => post(body).set('Idempotency-Key', key);

  it('makes one task, and answers 200 with what it is now', async () => {
    const { body: first } = await keyed('repeat', VALID).expect(201);
    await api.http.post(`/api/tasks/${first.id}/scheduler`).expect(200);
    const { body: second, headers } = await keyed('repeat', { type: VALID.type, name: VALID.name }).expect(200);
    expect(second).toMatchObject({ id: first.id, status: 'BOUND' });
    expect(headers.location).toBe(`/api/tasks/${first.id}`);
  });

  it('refuses the key with another body, a default spelt out included', async () => {
    await keyed('mismatch', VALID).expect(201);
    const { body } = await keyed('mismatch', { ...VALID, priority: 0 }).expect(422);
    expect(body.code).toBe('IDEMPOTENCY_MISMATCH');
  });

  it('makes one task of many at once', async () => {
    const before = await count();
    const answers = await Promise.all(Array.from({ length: 30 }, () => keyed('racing', VALID)));
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array(29).fill(200), 201]);
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(await count()).toBe(before + 1);
  });

  it.each(['', 'with space', 'ü', 'x'.repeat(201)])('refuses the key %j', async (key) => {
    const { body } = await keyed(key, VALID).expect(400);
    expect(body.code).toBe('VALIDATION_FAILED');
  });
});

describe('GET /api/tasks', () => {
  it('walks through all tasks, newest first, each once', async () => {
    const created = [];
    for (let index = 0; index < 5; index++) created.push(await createTask(api));
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const { body }: { body: { items: { id: string }[]; nextCursor: string | null } } = await api.http
        .get(`/api/tasks?limit=3${cursor && `&cursor=${cursor}`}`)
        .expect(200);
      expect(body.items.length).toBeLessThanOrEqual(3);
      seen.push(...body.items.map(({ id }) => id));
      cursor = body.nextCursor;
    }
    expect(seen.slice(0, 5)).toEqual(created.toReversed());
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.length).toBe(await count());
  });

  it('ends a page once it has 4 MiB of payloads, and goes on with the next', async () => {
    const large = { ...VALID, payload: { text: 'x'.repeat(250_000) } };
    const ids: string[] = [];
    for (let made = 0; made < 20; made++) ids.push((await api.http.post('/api/tasks').send(large).expect(201)).body.id);
    const { body: first } = await api.http.get('/api/tasks?limit=19').expect(200);
    expect(first.items).toHaveLength(17);
    const { body: second } = await api.http.get(`/api/tasks?limit=3&cursor=${first.nextCursor}`).expect(200);
    expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(ids.toReversed());
  });

  it.each([
    ['limit=0', 'VALIDATION_FAILED'],
    ['limit=201', 'VALIDATION_FAILED'],
    ['limit=1e2', 'VALIDATION_FAILED'],
    ['limit=5&limit=6', 'VALIDATION_FAILED'],
    ['colour=red', 'VALIDATION_FAILED'],
    ['cursor=nonsense', 'INVALID_CURSOR'],
  ])('refuses ?%s', async (query, code) => {
    const { body } = await api.http.get(`/api/tasks?${query}`).expect(400);
    expect(body.code).toBe(code);
  });
});

describe('GET /api/tasks/{id}', () => {
  it('takes an id in either case', async () => {
    const id = await createTask(api);
    await api.http.get(`/api/tasks/${id.toUpperCase()}`).expect(200);
  });

  it.each([
    ['not-an-id', 400, 'INVALID_ID'],
    [UNKNOWN_ID, 404, 'TASK_NOT_FOUND'],
  ])('%s is %i %s, on every route', async (id, status, code) => {
    const answers = await Promise.all([
      api.http.get(`/api/tasks/${id}`),
      api.http.post(`/api/tasks/${id}/scheduler`),
      api.http.get(`/api/tasks/${id}/execution`),
      api.http.get(`/api/tasks/${id}/execution/attempts`),
      api.http.put(`/api/tasks/${id}/execution/cancel`),
    ]);
    expect(answers.map((answer) => [answer.status, answer.body.code])).toEqual(Array(5).fill([status, code]));
  });
});

it('describes every route with an operation id, and every answer with an example or a schema', async () => {
  const { body } = await api.http.get('/docs-json').expect(200);
  const operations = Object.values<Record<string, { operationId: string }>>(body.paths).flatMap(Object.values);
  expect(operations.map(({ operationId }) => operationId).sort()).toEqual(
    'bindTask cancelExecution createTask createTasks getExecution getLiveness getReadiness getTask listExecutionAttempts listTasks'.split(
      ' ',
    ),
  );
});
