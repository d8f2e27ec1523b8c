import {
  type BatchAnswer,
  type BatchItemAnswer,
  LIMITS,
  MAX_BATCH_BYTES,
  MAX_BATCH_ITEMS,
  type SchedulerTaskView,
} from '@taskpilot/contracts';
import pg from 'pg';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type Dtp, startDtp } from './dtp-app.ts';

type Item = BatchItemAnswer<SchedulerTaskView>;
const ECHO = { type: 'echo', payload: { hello: 'world' } };
/** No worker runs here: what is stored stays as it is. */
const ENV = { DTP_ROLE: 'api' };

let database: TestDatabase;
let client: pg.Client;
let dtp: Dtp;

beforeAll(async () => {
  database = await createTestDatabase('dtp');
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  dtp = await startDtp(database.url, ENV);
});
afterAll(async () => {
  await dtp?.close();
  await client?.end();
  await database?.drop();
});

const post = (body: object | string, key?: string) => {
  const call = dtp.http.post('/tasks/batch').set('Content-Type', 'application/json');
  return (key === undefined ? call : call.set('Idempotency-Key', key)).send(body);
};

async function create(items: readonly unknown[], key?: string): Promise<readonly Item[]> {
  const { body } = await post({ items }, key).expect(200);
  const answers = (body as BatchAnswer<SchedulerTaskView>).items;
  expect(answers.map(({ index }) => index)).toEqual(items.map((_, index) => index));
  for (const { status, task, problem } of answers) {
    expect([task === null, problem === null]).toEqual(status < 300 ? [false, true] : [true, false]);
    if (problem) expect(problem.status).toBe(status);
  }
  return answers;
}

const statuses = (answers: readonly Item[]) => answers.map(({ status }) => status);
const idsOf = (answers: readonly Item[]) => answers.map(({ task }) => task?.id);
const pointers = ({ problem }: Item) => problem?.errors?.map(({ pointer }) => pointer);

async function count(where = 'true'): Promise<number> {
  const { rows } = await client.query(`SELECT count(*)::integer AS count FROM scheduler_task WHERE ${where}`);
  return rows[0].count;
}

describe('every item', () => {
  test('is created as it would be alone', async () => {
    const answers = await create([ECHO, { ...ECHO, priority: 7, retryPolicy: { maxAttempts: 2 } }]);
    expect(statuses(answers)).toEqual([201, 201]);
    for (const { task } of answers) {
      expect((await dtp.http.get(`/tasks/${task?.id}`).expect(200)).body).toEqual(task);
    }
    expect(answers[1]?.task).toMatchObject({ priority: 7, maxAttempts: 2, state: 'QUEUED', idempotencyKey: null });
  });

  test('is refused as it would be alone, and spoils no other', async () => {
    const hostile: readonly (readonly [unknown, string[]])[] = [
      [{ ...ECHO, prioritty: 1 }, ['/prioritty']],
      [{ ...ECHO, hasOwnProperty: 1 }, ['/hasOwnProperty']],
      [{ ...ECHO, retryPolicy: { toString: 1 } }, ['/retryPolicy/toString']],
      [{ ...ECHO, retryPolicy: [] }, ['/retryPolicy']],
      [{ ...ECHO, priority: '1', timeoutMs: 0 }, ['/priority', '/timeoutMs']],
      [{ payload: {} }, ['/type']],
      [{ ...ECHO, idempotencyKey: 'a b' }, ['/idempotencyKey']],
      [{ ...ECHO, idempotencyKey: null }, ['/idempotencyKey']],
      [{ type: 'sleep', payload: { ms: -1 } }, ['/payload/ms']],
      [{ type: 'http.request', payload: { url: 'http://a.b', headers: { a: 'b\r\n' } } }, ['/payload/headers/a']],
      ['echo', ['']],
      [null, ['']],
      [[ECHO], ['']],
    ];
    const answers = await create(hostile.flatMap(([item]) => [item, ECHO]));
    for (const [place, [item, expected]] of hostile.entries()) {
      const answer = answers[2 * place] as Item;
      const alone = await dtp.http.post('/tasks').send(item as object);
      expect({ item, pointers: pointers(answer)?.sort() }).toEqual({ item, pointers: expected });
      expect(answer.problem).toMatchObject({
        type: 'urn:taskpilot:problem:validation-failed',
        code: 'VALIDATION_FAILED',
        instance: '/tasks/batch',
        requestId: answers[0]?.problem?.requestId,
      });
      // A key is a header there, and JSON text that is no object cannot be sent this way.
      if (typeof item !== 'object' || item === null || 'idempotencyKey' in item) continue;
      const { instance: _, requestId: __, ...problem } = alone.body;
      expect(answer.problem).toMatchObject(problem);
    }
    expect(statuses(answers.filter(({ index }) => index % 2 === 1))).toEqual(hostile.map(() => 201));
  });

  test('may be as large, and as deep, as it may be alone, and no more', async () => {
    const sized = (bytes: number) => {
      const item = { type: 'echo', payload: { text: '' } };
      return { ...item, payload: { text: 'x'.repeat(bytes - JSON.stringify(item).length) } };
    };
    const nested = (depth: number): unknown => (depth === 0 ? 1 : { a: nested(depth - 1) });
    const keyed = { ...sized(LIMITS.bodyBytes), idempotencyKey: 'the-key-is-a-header' };
    const deep = { type: 'echo', payload: nested(LIMITS.jsonDepth - 1) };
    const answers = await create([sized(LIMITS.bodyBytes), sized(LIMITS.bodyBytes + 1), ECHO, keyed, deep]);
    expect(statuses(answers)).toEqual([201, 413, 201, 201, 201]);
    expect(answers[1]?.problem?.code).toBe('BODY_TOO_LARGE');
    await dtp.http.post('/tasks').send(deep).expect(201);
    const tooDeep = { type: 'echo', payload: nested(LIMITS.jsonDepth) };
    await dtp.http.post('/tasks').send(tooDeep).expect(400);
    const [good, bad] = await create([ECHO, tooDeep]);
    expect([good?.status, bad?.status, bad?.problem?.code]).toEqual([201, 400, 'MALFORMED_JSON']);
  });

  test('that the database refuses spoils no other', async () => {
    await client.query(`ALTER TABLE scheduler_task ADD CONSTRAINT refuses_one CHECK (type <> 'refused')`);
    try {
      const items = Array.from({ length: 600 }, (_, index) => (index === 321 ? { type: 'refused' } : ECHO));
      const answers = await create(items);
      expect(answers.filter(({ status }) => status !== 201)).toEqual([
        expect.objectContaining({ index: 321, status: 500, problem: expect.objectContaining({ code: 'INTERNAL' }) }),
      ]);
      expect(JSON.stringify(answers[321])).not.toMatch(/refuses_one|INSERT|scheduler_task/);
    } finally {
      await client.query('ALTER TABLE scheduler_task DROP CONSTRAINT refuses_one');
    }
  });
});

async function countStatements(ids: readonly (string | undefined)[]): Promise<number> {
  const { rows } = await client.query(
    `SELECT count(DISTINCT xmin::text)::integer AS statements FROM scheduler_task WHERE id = ANY ($1::uuid[])`,
    [ids],
  );
  return rows[0].statements;
}

describe('the whole request', () => {
  test('takes 1 to 1,000 items', async () => {
    const before = await count();
    for (const items of [
      [],
      Array.from({ length: MAX_BATCH_ITEMS + 1 }, () => ECHO),
      { 0: ECHO },
      'x',
      null,
      undefined,
    ]) {
      const { body } = await post({ items }).expect(400);
      expect(body.errors).toEqual([expect.objectContaining({ pointer: '/items' })]);
    }
    expect(await count()).toBe(before);
    const answers = await create(Array.from({ length: MAX_BATCH_ITEMS }, () => ECHO));
    expect(new Set(idsOf(answers)).size).toBe(MAX_BATCH_ITEMS);
    expect(await count()).toBe(before + MAX_BATCH_ITEMS);
    // Where the machine is slow for a moment fewer go together, and more again after it.
    let statements = await countStatements(idsOf(answers));
    for (let tries = 1; statements > 2 && tries < 5; tries++) {
      statements = await countStatements(idsOf(await create(Array.from({ length: MAX_BATCH_ITEMS }, () => ECHO))));
    }
    expect(statements).toBeLessThanOrEqual(2);
  });

  test.each([
    ['an unknown member', { items: [ECHO], bind: true }, '/bind'],
    ['a list', [ECHO], ''],
    ['a duplicate key', '{"items":[{"type":"echo"}],"a":1,"a":1}', '/a'],
    ['__proto__', '{"items":[{"type":"echo"}],"__proto__":{"a":1}}', '/__proto__'],
    ['2^53 + 1', '{"items":[{"type":"echo"}],"a":9007199254740993}', '/a'],
    ['no JSON', '{"items":[{"type":"echo"},', ''],
  ])('is refused for %s, and nothing is created', async (_, body, pointer) => {
    const before = await count();
    const answer = await post(body).expect(400);
    expect(answer.body.errors.map((error: { pointer: string }) => error.pointer)).toEqual([pointer]);
    expect(await count()).toBe(before);
  });

  test('has items with what no JSON may hold, each refused by itself', async () => {
    const bad = ['"type":"echo"', '"__proto__":{"a":1}', '"payload":{"a":9007199254740993}', '"queue":"\\u0000"'];
    const items = bad.map((member) => `{"type":"echo",${member}},{"type":"echo"}`);
    const { body } = await post(`{"items":[${items.join()}]}`).expect(200);
    expect(statuses(body.items)).toEqual(bad.flatMap(() => [400, 201]));
    expect(body.items.map((item: { problem: { code: string } | null }) => item.problem?.code ?? null)).toEqual(
      bad.flatMap(() => ['MALFORMED_JSON', null]),
    );
  });

  test('is refused above 4 MiB, and other routes keep their limit', async () => {
    const { body } = await post(`{"items":[${JSON.stringify(ECHO)}]}${' '.repeat(MAX_BATCH_BYTES)}`).expect(413);
    expect(body).toMatchObject({ code: 'BODY_TOO_LARGE', detail: expect.stringContaining(String(MAX_BATCH_BYTES)) });
    await post(`{"items":[${JSON.stringify(ECHO)}]}${' '.repeat(LIMITS.bodyBytes)}`).expect(200);
    const single = await dtp.http.post('/tasks').send({ ...ECHO, payload: { a: 'x'.repeat(LIMITS.bodyBytes) } });
    expect(single.body).toMatchObject({ status: 413, detail: expect.stringContaining(String(LIMITS.bodyBytes)) });
  });
});

describe('idempotency', () => {
  test('the key of a batch makes each item one task, however often it is sent', async () => {
    const items = Array.from({ length: 20 }, (_, index) => ({ ...ECHO, priority: index }));
    const first = await create(items, 'batch');
    expect(statuses(first)).toEqual(items.map(() => 201));
    expect(first[7]?.task?.idempotencyKey).toBe('batch/7');
    const again = await create(items, 'batch');
    expect(statuses(again)).toEqual(items.map(() => 200));
    expect(idsOf(again)).toEqual(idsOf(first));
    const single = await dtp.http.post('/tasks').set('Idempotency-Key', 'batch/7').send(items[7]).expect(200);
    expect(single.body.id).toBe(first[7]?.task?.id);
  });

  test('another body under a key is refused alone', async () => {
    const [first] = await create([ECHO, ECHO], 'mismatch');
    const answers = await create([ECHO, { ...ECHO, priority: 1 }], 'mismatch');
    expect(statuses(answers)).toEqual([200, 422]);
    expect(answers[0]?.task?.id).toBe(first?.task?.id);
    expect(answers[1]?.problem?.code).toBe('IDEMPOTENCY_MISMATCH');
  });

  test('the same batch 20 times at once makes one task an item', async () => {
    const items = Array.from({ length: 50 }, () => ECHO);
    const answers = await Promise.all(Array.from({ length: 20 }, () => create(items, 'at-once')));
    for (const index of items.keys()) {
      const ofItem = answers.map((answer) => answer[index]);
      expect(new Set(ofItem.map((item) => item?.task?.id)).size).toBe(1);
      expect(ofItem.filter((item) => item?.status === 201)).toHaveLength(1);
      expect(ofItem.filter((item) => item?.status === 200)).toHaveLength(19);
    }
    expect(await count(`idempotency_key LIKE 'at-once/%'`)).toBe(50);
  });

  test('an item’s own key wins, and is that of a single task with the same body', async () => {
    const [own, other] = await create([{ ...ECHO, idempotencyKey: 'own' }, ECHO], 'outer');
    expect([own?.task?.idempotencyKey, other?.task?.idempotencyKey]).toEqual(['own', 'outer/1']);
    const single = await dtp.http.post('/tasks').set('Idempotency-Key', 'own').send(ECHO).expect(200);
    expect(single.body.id).toBe(own?.task?.id);
    await dtp.http.post('/tasks').set('Idempotency-Key', 'single').send(ECHO).expect(201);
    expect(statuses(await create([{ idempotencyKey: 'single', ...ECHO }]))).toEqual([200]);
  });

  test('of two items with one key the first makes the task, and the second is answered like a repeat', async () => {
    const keyed = (fields: object) => ({ ...ECHO, ...fields, idempotencyKey: 'twice' });
    const answers = await create([keyed({}), ECHO, keyed({}), keyed({ priority: 1 })]);
    expect(statuses(answers)).toEqual([201, 201, 200, 422]);
    expect(answers[2]?.task).toEqual(answers[0]?.task);
  });

  test('a key that has no room for the index of an item is refused, as a malformed one is, and told how long it may be', async () => {
    await create([ECHO], 'k'.repeat(196));
    for (const key of ['k'.repeat(197), 'k'.repeat(201), 'two words']) {
      const { body } = await post({ items: [ECHO] }, key).expect(400);
      expect(body).toMatchObject({ code: 'VALIDATION_FAILED', detail: expect.stringContaining('1 to 196 visible') });
    }
  });

  test('an item whose task was pruned is answered 410', async () => {
    const [first] = await create([ECHO], 'pruned');
    const id = first?.task?.id;
    await client.query(`WITH gone AS (DELETE FROM scheduler_task WHERE id = '${id}' RETURNING id)
      INSERT INTO pruned_task SELECT id, now() FROM gone`);
    const answers = await create([ECHO, ECHO], 'pruned');
    expect(statuses(answers)).toEqual([410, 201]);
    expect(answers[0]?.problem).toMatchObject({ code: 'TASK_EXPIRED', taskId: id });
  });
});
