import { request } from 'node:http';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type Api, startApi } from './api-app.ts';
import { type Dtp, startDtp } from './dtp-app.ts';

interface Refusal {
  readonly status: number;
  readonly contentType: string;
  readonly body: { readonly code: string; readonly errors?: readonly { readonly pointer: string }[] } & Record<
    string,
    unknown
  >;
}

let webdb: TestDatabase;
let dtpDatabase: TestDatabase;
let dtp: Dtp;
let api: Api;
let targets: Record<string, string>;

beforeAll(async () => {
  [webdb, dtpDatabase] = await Promise.all([createTestDatabase('webdb'), createTestDatabase('dtp')]);
  dtp = await startDtp(dtpDatabase.url);
  api = await startApi(webdb.url, dtp);
  await api.app.listen(0, '127.0.0.1');
  targets = { TaskPilot: `${await api.app.getUrl()}/api/tasks`, DTP: `${dtp.url}/tasks` };
});
afterAll(async () => {
  await api?.close();
  await dtp?.close();
  await Promise.all([webdb?.drop(), dtpDatabase?.drop()]);
});

/** Sends bytes as they are: clients would mend half of what is tried here. */
function send(url: string, bytes: string | Buffer, headers: Record<string, string> = {}, method = 'POST') {
  return new Promise<Refusal>((resolve, reject) => {
    const outgoing = request(url, { method, headers: { 'Content-Type': 'application/json', ...headers } }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        resolve({
          status: answer.statusCode ?? 0,
          contentType: answer.headers['content-type'] ?? '',
          body: text ? JSON.parse(text) : {},
        });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(bytes);
  });
}

/** A valid body but for one member, given as raw JSON. */
const withMember = (name: string, json: string) => `{"name":"n","type":"echo",${JSON.stringify(name)}:${json}}`;
const withPayload = (json: string) => withMember('payload', `{"a":${json}}`);
/** DTP knows no name. */
const fitted = (plane: string, body: string) => (plane === 'DTP' ? body.replace('"name":"n",', '') : body);
const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;

const HOSTILE: readonly (readonly [what: string, body: string | Buffer, pointer: string | null])[] = [
  ['no JSON at all', '{"type":', null],
  ['an array', '[]', ''],
  ['a string', '"task"', ''],
  ['a NUL character', withPayload('"\\u0000"'), '/payload/a'],
  ['a lone surrogate', withPayload('"\\ud800"'), '/payload/a'],
  ['a NUL in a key', withMember('payload', '{"\\u0000":1}'), null],
  ['1e400', withPayload('1e400'), '/payload/a'],
  ['1e131071', withPayload('1e131071'), '/payload/a'],
  ['2^53 + 1', withPayload('9007199254740993'), '/payload/a'],
  ['nesting of 33', withPayload(nested(31)), null],
  ['nesting of 7,000', withPayload(nested(7_000)), null],
  ['__proto__', withMember('payload', '{"__proto__":{"polluted":true}}'), '/payload/__proto__'],
  ['constructor', withMember('payload', '{"constructor":1}'), '/payload/constructor'],
  ['prototype', withMember('payload', '{"prototype":1}'), '/payload/prototype'],
  ['a duplicate key', withMember('payload', '{"a":1,"a":2}'), '/payload/a'],
  ['a byte order mark', `\ufeff${withPayload('1')}`, null],
  [
    'invalid UTF-8',
    Buffer.concat([Buffer.from('{"type":"echo","payload":{"a":"'), Buffer.from([0xff]), Buffer.from('"}}')]),
    null,
  ],
];

const FIELDS: readonly (readonly [member: string, json: string])[] = [
  ['type', '""'],
  ['type', '"-x"'],
  ['type', '"a b"'],
  ['type', `"${'x'.repeat(101)}"`],
  ['type', '7'],
  ['type', 'null'],
  ['queue', '"a/b"'],
  ['queue', 'null'],
  ['payload', '[]'],
  ['payload', '"x"'],
  ['payload', 'null'],
  ['priority', '101'],
  ['priority', '-101'],
  ['priority', '1.5'],
  ['priority', '"1"'],
  ['priority', '2147483648'],
  ['timeoutMs', '0'],
  ['timeoutMs', '-1'],
  ['timeoutMs', '86400001'],
  ['timeoutMs', '"1e9"'],
  ['timeoutMs', '2147483648'],
  ['runAt', '"tomorrow"'],
  ['runAt', '"2026-02-30T00:00:00.000Z"'],
  ['runAt', '"2026-01-01T00:00:00"'],
  ['runAt', '0'],
  ['runAt', '"+294277-01-01T00:00:00.000Z"'],
  ['runAt', '"2026-01-01T00:00:00.0001Z"'],
  ['deadlineAt', '"2026-13-01T00:00:00.000Z"'],
  ['deadlineAt', 'false'],
  ['retryPolicy', '[]'],
  ['retryPolicy', 'null'],
  ['prioritty', '1'],
  ['state', '"SUCCEEDED"'],
  ['id', '"x"'],
];

const POLICY: readonly (readonly [member: string, json: string])[] = [
  ['maxAttempts', '0'],
  ['maxAttempts', '1001'],
  ['maxAttempts', '1.5'],
  ['strategy', '"random"'],
  ['jitter', '"some"'],
  ['initialDelayMs', '-1'],
  ['maxDelayMs', '-1'],
  ['factor', '0'],
  ['factor', '"2"'],
  ['attempts', '3'],
];

describe.each(['TaskPilot', 'DTP'])('%s refuses', (plane) => {
  const create = (body: string | Buffer, headers?: Record<string, string>) =>
    send(targets[plane] ?? '', typeof body === 'string' ? fitted(plane, body) : body, headers);

  function expectProblem(answer: Refusal, status: number): void {
    expect(answer).toMatchObject({
      status,
      contentType: expect.stringContaining('application/problem+json'),
      body: {
        status,
        code: expect.any(String),
        type: expect.any(String),
        title: expect.any(String),
        detail: expect.any(String),
        instance: expect.stringMatching(/^\//),
        requestId: expect.any(String),
      },
    });
  }

  test.each(HOSTILE)('%s', async (_, body, pointer) => {
    const answer = await create(body);
    expectProblem(answer, 400);
    if (pointer !== null) expect(answer.body.errors?.map((error) => error.pointer)).toContain(pointer);
  });

  test.each(FIELDS)('%s: %s', async (member, json) => {
    const doubled = member === 'type' ? `{"name":"n","type":${json}}` : withMember(member, json);
    const answer = await create(doubled);
    expectProblem(answer, 400);
    expect(answer.body.errors?.map((error) => error.pointer)).toContain(`/${member}`);
  });

  test.each(POLICY)('retryPolicy.%s: %s', async (member, json) => {
    const answer = await create(withMember('retryPolicy', `{"${member}":${json}}`));
    expectProblem(answer, 400);
    expect(answer.body.errors?.map((error) => error.pointer)).toContain(`/retryPolicy/${member}`);
  });

  test('header values that would break their line', async () => {
    const answer = await create(
      '{"name":"n","type":"http.request","payload":{"url":"https://example.com","headers":{"X-A":"b\\r\\nX-C: d"}}}',
    );
    expectProblem(answer, 400);
    expect(answer.body.errors?.map((error) => error.pointer)).toEqual(['/payload/headers/X-A']);
  });

  test('a body over 256 KiB: 413', async () => {
    expectProblem(await create(withPayload(JSON.stringify('x'.repeat(256 * 1024)))), 413);
  });

  test('another content type: 415', async () => {
    for (const type of ['text/plain', 'application/xml', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
      expectProblem(await create('{"name":"n","type":"echo"}', { 'Content-Type': type }), 415);
    }
  });

  test.each(['', 'a b', 'ü', 'x'.repeat(201)])('the idempotency key %j', async (key) => {
    const answer = await create('{"name":"n","type":"echo"}', {
      'Idempotency-Key': Buffer.from(key).toString('latin1'),
    });
    expectProblem(answer, 400);
  });

  test.each([
    'limit=0',
    'limit=201',
    'limit=1e2',
    'limit=-1',
    'limit=',
    'limit=1&limit=2',
    'cursor=x',
    'cursor=',
    'unknown=1',
  ])('the query %s', async (query) => {
    expectProblem(await send(`${targets[plane]}?${query}`, '', {}, 'GET'), 400);
  });

  test('what it does not route: 404, and another method: 405 with Allow', async () => {
    expectProblem(await send(`${targets[plane]}/a/b/c/d`, '', {}, 'GET'), 404);
    expectProblem(await send(`${targets[plane]}`, '', {}, 'DELETE'), 405);
    expectProblem(await send(`${targets[plane]}/%zz`, '', {}, 'GET'), 400);
  });

  test('and stores nothing of it', async () => {
    const { body } = await send(`${targets[plane]}`, '', {}, 'GET');
    expect(body.items).toEqual([]);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

test('a body to a call that takes none is refused, not ignored', async () => {
  const { body: task } = await api.http.post('/api/tasks').send({ name: 'n', type: 'nobody.knows' }).expect(201);
  const calls = [`/api/tasks/${task.id}/scheduler`, `/api/tasks/${task.id}/execution/cancel`];
  for (const [index, path] of calls.entries()) {
    const { body } = await api.http[index === 0 ? 'post' : 'put'](path).send({ reason: 'x' }).expect(400);
    expect(body).toMatchObject({ code: 'VALIDATION_FAILED', errors: [{ pointer: '/reason' }] });
  }
  await api.http
    .post(calls[0] ?? '')
    .send({})
    .expect(200);
});

test('the greatest of everything is taken, and handed back exactly', async () => {
  const body = {
    name: '𝕏'.repeat(200),
    type: 'nobody.knows',
    payload: { deep: JSON.parse(nested(30)), max: Number.MAX_SAFE_INTEGER, tiny: 5e-324, text: '\ud83d\ude00\u0001' },
    priority: -100,
    timeoutMs: 86_400_000,
    runAt: '9999-12-31T23:59:59.999Z',
    deadlineAt: null,
    labels: Object.fromEntries(Array.from({ length: 32 }, (_, index) => [`label-${index}`, 'v'.repeat(200)])),
  };
  const created = await api.http.post('/api/tasks').send(body).expect(201);
  expect(created.body).toMatchObject(body);
  await api.http.post(`/api/tasks/${created.body.id}/scheduler`).expect(200);
  const execution = await api.http.get(`/api/tasks/${created.body.id}/execution`).expect(200);
  const { name: _, labels: __, ...spec } = body;
  expect(execution.body).toMatchObject(spec);
});
