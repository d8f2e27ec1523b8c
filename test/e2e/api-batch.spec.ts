import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type BatchItemAnswer, LIMITS, MAX_BATCH_ITEMS, type WebTaskView } from '@taskpilot/contracts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { FakeDtp } from '../support/fake-dtp.ts';
import { type Api, eventually, startApi } from './api-app.ts';

let database: TestDatabase;
let dtp: FakeDtp;
let api: Api;

beforeAll(async () => {
  [database, dtp] = await Promise.all([createTestDatabase('webdb'), FakeDtp.start()]);
  api = await startApi(database.url, dtp);
});
beforeEach(() => dtp.reset());
afterAll(async () => {
  await api?.close();
  await Promise.all([dtp?.stop(), database?.drop()]);
});

type Item = BatchItemAnswer<WebTaskView>;

const GOOD = { name: 'a task', type: 'echo' };
const post = (body: object) => api.http.post('/api/tasks/batch').send(body);
const itemsOf = async (answer: ReturnType<typeof post>): Promise<Item[]> => (await answer.expect(200)).body.items;
const statuses = (items: readonly Item[]) => items.map(({ status }) => status);
const count = async () => {
  const [row] = await api.dataSource.query('SELECT count(*)::integer FROM web_task');
  return row.count;
};

describe('POST /api/tasks/batch', () => {
  it('answers each item, in the order asked, as if it had come alone', async () => {
    const items = await itemsOf(
      post({
        items: [
          { ...GOOD, labels: { no: '1' } },
          { ...GOOD, priority: 7 },
        ],
      }),
    );
    expect(items).toMatchObject([
      { index: 0, status: 201, task: { labels: { no: '1' }, status: 'PENDING' }, problem: null },
      { index: 1, status: 201, task: { priority: 7, status: 'PENDING' }, problem: null },
    ]);
    for (const { task } of items) {
      const { body } = await api.http.get(`/api/tasks/${task?.id}`).expect(200);
      expect(body).toEqual(task);
    }
    expect(dtp.calls.filter(({ method }) => method === 'POST')).toEqual([]);
  });

  it.each([
    ['an unknown field', { ...GOOD, prio: 1 }, 400, '/prio'],
    ['a field that is missing', { type: 'echo' }, 400, '/name'],
    ['a bad type', { ...GOOD, labels: { x: 1 } }, 400, '/labels/x'],
    ['what is no object', 'echo', 400, ''],
    ['null', null, 400, ''],
  ])('refuses %s alone, its pointer relative to the item', async (_, bad, status, pointer) => {
    const before = await count();
    const [first, second, third] = await itemsOf(post({ items: [GOOD, bad, GOOD] }));
    expect([first?.status, third?.status]).toEqual([201, 201]);
    expect(second).toMatchObject({
      index: 1,
      status,
      task: null,
      problem: { status, code: 'VALIDATION_FAILED', instance: '/api/tasks/batch', errors: [{ pointer }] },
    });
    expect(await count()).toBe(before + 2);
  });

  it('refuses an item that is too large alone', async () => {
    const large = { ...GOOD, payload: { text: 'x'.repeat(LIMITS.bodyBytes) } };
    const items = await itemsOf(post({ items: [large, GOOD] }));
    expect(items).toMatchObject([{ status: 413, problem: { code: 'BODY_TOO_LARGE' } }, { status: 201 }]);
  });

  it.each([
    ['no items', { items: [] }, '/items'],
    ['too many', { items: Array(MAX_BATCH_ITEMS + 1).fill(GOOD) }, '/items'],
    ['no list', { items: GOOD }, '/items'],
    ['an unknown field', { items: [GOOD], bound: true }, '/bound'],
    ['a bind that is neither true nor false', { items: [GOOD], bind: 'true' }, '/bind'],
  ])('refuses a batch of %s as a whole', async (_, body, pointer) => {
    const before = await count();
    const { body: problem } = await post(body).expect(400);
    expect(problem).toMatchObject({ code: 'VALIDATION_FAILED', errors: [{ pointer }] });
    expect(await count()).toBe(before);
  });

  const sendText = (text: string) =>
    api.http.post('/api/tasks/batch').set('content-type', 'application/json').send(text);

  it.each([
    ['a key that occurs twice', '{"name":"a","type":"echo","type":"echo"}', '/type'],
    ['a NUL character', '{"name":"a\\u0000","type":"echo"}', '/name'],
    ['a number that cannot be carried', '{"name":"a","type":"echo","priority":9007199254740993}', '/priority'],
    ['a lone surrogate', '{"name":"a","type":"echo","payload":{"a":["\\ud800"]}}', '/payload/a/0'],
    ['a forbidden key', '{"name":"a","type":"echo","payload":{"__proto__":{}}}', '/payload/__proto__'],
    ['too many levels', `{"name":"a","type":"echo","payload":${'{"a":'.repeat(32)}1${'}'.repeat(32)}}`, undefined],
  ])('refuses an item with %s, and no other', async (_, bad, pointer) => {
    const good = JSON.stringify(GOOD);
    const items = await itemsOf(sendText(`{"items":[${good}, ${bad} ,${good}],"bind":false}`));
    expect(items.map(({ index, status }) => [index, status])).toEqual([...[[0, 201]], ...[[1, 400]], ...[[2, 201]]]);
    expect(items[1]?.problem).toMatchObject({ code: 'MALFORMED_JSON' });
    if (pointer) expect(items[1]?.problem).toMatchObject({ errors: [{ pointer }] });
  });

  it.each([
    ['in its syntax', '{"items":[{"name":"a","type":"echo"}}'],
    ['beside its items', '{"items":[{"name":"a","type":"echo"}],"bind":true,"bind":true}'],
    ['in having two lists of them', '{"items":[{"name":"a","type":"echo"}],"items":[{"name":"a","type":"echo"}]}'],
  ])('refuses a body that is malformed %s as a whole', async (_, text) => {
    const before = await count();
    expect((await sendText(text).expect(400)).body.code).toBe('MALFORMED_JSON');
    expect(await count()).toBe(before);
  });

  it('creates a thousand, and binds them, by few statements and few calls', async () => {
    const patient = await startApi(database.url, dtp, { BIND_TIMEOUT_MS: '20000', DTP_TIMEOUT_MS: '20000' });
    const body = { items: Array(MAX_BATCH_ITEMS).fill(GOOD), bind: true };
    const items = await itemsOf(patient.http.post('/api/tasks/batch').send(body));
    await patient.close();
    expect(new Set(statuses(items))).toEqual(new Set([201]));
    for (const { task } of items) expect(task?.schedulerTaskId).toBe(dtp.tasks.get(task?.id ?? '')?.id);
    expect(dtp.creates).toHaveLength(MAX_BATCH_ITEMS);
    expect(dtp.calls.filter(({ method }) => method === 'POST').length).toBeLessThanOrEqual(4);
  });
});

describe('POST /api/tasks/batch with an Idempotency-Key', () => {
  const keyed = (key: string, body: object) => post(body).set('Idempotency-Key', key);

  it('makes each task once, and answers 200 with what it is now', async () => {
    const batch = { items: [GOOD, { ...GOOD, priority: 1 }] };
    const first = await itemsOf(keyed('batch', batch));
    const second = await itemsOf(keyed('batch', { ...batch, bind: true }));
    expect([statuses(first), statuses(second)]).toEqual([
      [201, 201],
      [200, 200],
    ]);
    expect(second.map(({ task }) => task?.id)).toEqual(first.map(({ task }) => task?.id));
    expect(second.map(({ task }) => task?.status)).toEqual(['BOUND', 'BOUND']);
  });

  it('refuses another body under the same key for that item alone', async () => {
    await itemsOf(keyed('changed', { items: [GOOD, GOOD] }));
    const items = await itemsOf(keyed('changed', { items: [GOOD, { ...GOOD, priority: 1 }, GOOD] }));
    expect(items).toMatchObject([{ status: 200 }, { problem: { code: 'IDEMPOTENCY_MISMATCH' } }, { status: 201 }]);
  });

  it('knows an item by its place: the key of a single task is <key>/<index>', async () => {
    const [, item] = await itemsOf(keyed('placed', { items: [GOOD, GOOD] }));
    const { body } = await api.http.post('/api/tasks').set('Idempotency-Key', 'placed/1').send(GOOD).expect(200);
    expect(body.id).toBe(item?.task?.id);
  });

  it('makes one task of each item of many batches at once', async () => {
    const before = await count();
    const batch = { items: Array(20).fill(GOOD) };
    const answers = await Promise.all(Array.from({ length: 10 }, () => itemsOf(keyed('racing', batch))));
    expect(await count()).toBe(before + 20);
    for (let index = 0; index < 20; index++) {
      const same = answers.map((items) => items[index]);
      expect(new Set(same.map((item) => item?.task?.id)).size).toBe(1);
      expect(same.map((item) => item?.status).sort()).toEqual([...Array(9).fill(200), 201]);
    }
  });
});

describe('POST /api/tasks/batch, bound, when DTP', () => {
  const bound = (items: readonly object[]) => itemsOf(post({ items, bind: true }));
  const names = ['one', 'two', 'three'].map((name) => ({ ...GOOD, payload: { name } }));
  const isFor = (name: string, body: string) => body.includes(`"name":"${name}"`);

  it('refuses one: that one is 422, with the id of what was created, and the others are bound', async () => {
    dtp.script = ({ path, body }) =>
      path === '/tasks' && isFor('two', body)
        ? { kind: 'answer', status: 400, body: { code: 'VALIDATION_FAILED', detail: 'no', errors: [] } }
        : undefined;
    const [one, two, three] = await bound(names);
    expect([one?.task?.status, three?.task?.status]).toEqual(['BOUND', 'BOUND']);
    expect(two).toMatchObject({ status: 422, task: null, problem: { code: 'BIND_REFUSED', detail: 'no' } });
    const { body } = await api.http.get(`/api/tasks/${two?.problem?.taskId}`).expect(200);
    expect(body).toMatchObject({ status: 'BIND_FAILED', bindError: { code: 'VALIDATION_FAILED' } });
  });

  it('is away: all are 202, and bound once it is back', async () => {
    await dtp.stop();
    const items = await bound(names);
    expect(items.map(({ status, task }) => [status, task?.status])).toEqual(Array(3).fill([202, 'BINDING']));
    await dtp.resume();
    await eventually(async () => dtp.tasks.size === 3);
  });

  it('loses its answer: all are 202, and bound to what it made, once each', async () => {
    let left = 1;
    dtp.script = ({ path }) => (path === '/tasks/batch' && left-- > 0 ? { kind: 'loseAnswer' } : undefined);
    const items = await bound(names);
    expect(statuses(items).every((status) => status === 201 || status === 202)).toBe(true);
    for (const { task } of items) {
      const id = task?.id ?? '';
      await eventually(async () => (await api.http.get(`/api/tasks/${id}`)).body.status === 'BOUND');
      const { body } = await api.http.get(`/api/tasks/${id}`).expect(200);
      expect(body.schedulerTaskId).toBe(dtp.tasks.get(id)?.id);
    }
    expect(dtp.tasks.size).toBe(3);
  });

  it.each([
    ['refuses the call for its syntax', 400, { code: 'MALFORMED_JSON' }],
    ['finds the call too large', 413, { code: 'BODY_TOO_LARGE' }],
    ['has no such route yet', 404, { code: 'ROUTE_NOT_FOUND' }],
    ['fails on the call', 500, { code: 'INTERNAL' }],
  ])('%s: each is asked for alone', async (_, status, body) => {
    dtp.script = ({ path }) => (path === '/tasks/batch' ? { kind: 'answer', status, body } : undefined);
    const items = await bound(names);
    expect(items.map(({ status, task }) => [status, task?.status])).toEqual(Array(3).fill([201, 'BOUND']));
    expect(dtp.calls.filter(({ method, path }) => method === 'POST' && path === '/tasks')).toHaveLength(3);
  });

  it('answers with more than can be taken, as results of ended tasks can make it: each is asked for alone', async () => {
    const patient = await startApi(database.url, dtp, { BIND_TIMEOUT_MS: '20000', DTP_TIMEOUT_MS: '20000' });
    const body = ' '.repeat(17 * 1024 * 1024);
    dtp.script = ({ path }) => (path === '/tasks/batch' ? { kind: 'answer', status: 200, body } : undefined);
    const items = await itemsOf(patient.http.post('/api/tasks/batch').send({ items: names, bind: true }));
    await patient.close();
    expect(items.map(({ status, task }) => [status, task?.status])).toEqual(Array(3).fill([201, 'BOUND']));
  });

  it.each<[string, unknown]>([
    ['nothing', '{}'],
    ['fewer items than asked', { items: [] }],
    ['items that are none', { items: [null, 7, {}] }],
    [
      'tasks of other keys',
      { items: Array(3).fill({ status: 201, task: { id: crypto.randomUUID(), idempotencyKey: 'x' } }) },
    ],
  ])('answers 200 with %s: nothing is believed, all are tried again', async (_, body) => {
    let left = 1;
    dtp.script = ({ path }) =>
      path === '/tasks/batch' && left-- > 0 ? { kind: 'answer', status: 200, body } : undefined;
    const items = await bound(names);
    expect(statuses(items)).toEqual([202, 202, 202]);
    await eventually(async () => dtp.tasks.size === 3);
  });

  it('could not take all at once: what is large goes by calls of its own', async () => {
    const payload = { text: 'x'.repeat(LIMITS.bodyBytes - 1_000) };
    const items = await bound([{ ...GOOD, payload }, GOOD, { ...GOOD, payload }]);
    expect(statuses(items)).toEqual([201, 201, 201]);
    const calls = dtp.calls.filter(({ method }) => method === 'POST');
    for (const { body } of calls) expect(body.length).toBeLessThanOrEqual(LIMITS.bodyBytes);
  });
});
