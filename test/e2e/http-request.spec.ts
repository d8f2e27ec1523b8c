import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { attemptsOf, becomes, type Dtp, enqueue, startDtp } from './dtp-app.ts';

type Answer = (request: IncomingMessage, response: ServerResponse, call: number) => void;

const retryPolicy = { strategy: 'fixed', initialDelayMs: 50, jitter: 'none', maxAttempts: 5 };

let database: TestDatabase;
let dtp: Dtp;
let target: Server;
let origin: string;
let calls: { readonly path: string; readonly headers: IncomingMessage['headers'] }[];
const answers: Record<string, Answer> = {
  '/ok': (_, response) => response.writeHead(200, { 'X-Served-By': 'test' }).end('fine'),
  '/flaky': (_, response, call) => response.writeHead(call <= 2 ? 500 : 200).end(`call ${call}`),
  '/missing': (_, response) => response.writeHead(404).end('nothing here'),
  '/hang': () => undefined,
  '/busy': (_, response, call) =>
    call === 1 ? response.writeHead(429, { 'Retry-After': '1' }).end() : response.writeHead(200).end('now'),
  '/moved': (_, response) => response.writeHead(302, { Location: '/ok' }).end(),
  '/large': (_, response) => response.writeHead(200).end('x'.repeat(5 * 1024 * 1024)),
};

beforeAll(async () => {
  target = createServer((request, response) => {
    const path = request.url ?? '';
    calls.push({ path, headers: request.headers });
    answers[path]?.(request, response, calls.length);
  });
  await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(target.address() as AddressInfo).port}`;
  database = await createTestDatabase('dtp');
  dtp = await startDtp(database.url);
});
beforeEach(() => {
  calls = [];
});
afterAll(async () => {
  await dtp?.close();
  await database?.drop();
  target?.closeAllConnections();
  await new Promise((resolve) => target?.close(resolve));
});

const request = (path: string, more: object = {}) =>
  enqueue(dtp, { type: 'http.request', payload: { method: 'GET', url: `${origin}${path}` }, retryPolicy, ...more });

test('200: the answer is the result, and the target can recognise a repeat', async () => {
  const { id } = await request('/ok');
  const { result } = await becomes(dtp, id, 'SUCCEEDED');
  expect(result).toMatchObject({ status: 200, body: 'fine', truncated: false, headers: { 'x-served-by': 'test' } });
  expect(calls).toMatchObject([{ headers: { 'idempotency-key': id, 'x-task-attempt': '1' } }]);
});

test('500, 500, 200: retried when the policy says, with the times in the attempts', async () => {
  const { id } = await request('/flaky');
  expect(await becomes(dtp, id, 'SUCCEEDED')).toMatchObject({ attempt: 3, failedAttempts: 2 });
  const attempts = await attemptsOf(dtp, id);
  expect(attempts.map(({ outcome, error }) => [outcome, error?.code, error?.status])).toEqual([
    ['FAILED', 'HTTP_STATUS', 500],
    ['FAILED', 'HTTP_STATUS', 500],
    ['SUCCEEDED', undefined, undefined],
  ]);
  for (const { retryAt, finishedAt } of attempts.slice(0, 2)) {
    expect(Date.parse(retryAt ?? '') - Date.parse(finishedAt ?? '')).toBe(50);
  }
  expect(calls.map(({ headers }) => headers['x-task-attempt'])).toEqual(['1', '2', '3']);
});

test('404 is final', async () => {
  const { id } = await request('/missing');
  const failed = await becomes(dtp, id, 'FAILED');
  expect(failed).toMatchObject({ attempt: 1, error: { code: 'HTTP_STATUS', status: 404 } });
  expect(await attemptsOf(dtp, id)).toMatchObject([{ outcome: 'FAILED', retryAt: null }]);
  expect(calls).toHaveLength(1);
});

test('a target that hangs is cut off by timeoutMs', async () => {
  const { id } = await request('/hang', { timeoutMs: 100, retryPolicy: { ...retryPolicy, maxAttempts: 1 } });
  const failed = await becomes(dtp, id, 'FAILED');
  expect(failed.error?.code).toBe('TIMEOUT');
  expect(Date.parse(failed.finishedAt ?? '') - Date.parse(failed.startedAt ?? '')).toBeLessThan(1_000);
});

test('Retry-After goes before the policy', async () => {
  const { id } = await request('/busy');
  await becomes(dtp, id, 'SUCCEEDED');
  const [first] = await attemptsOf(dtp, id);
  expect(Date.parse(first?.retryAt ?? '') - Date.parse(first?.finishedAt ?? '')).toBe(1_000);
});

test('a redirect is followed', async () => {
  const { id } = await request('/moved');
  expect(await becomes(dtp, id, 'SUCCEEDED')).toMatchObject({ result: { status: 200, body: 'fine' } });
  expect(calls.map(({ path }) => path)).toEqual(['/moved', '/ok']);
});

test('of an answer of 5 MB the result keeps 64 KiB, and says so', async () => {
  const { id } = await request('/large');
  const { result } = await becomes(dtp, id, 'SUCCEEDED');
  expect(result).toMatchObject({ status: 200, truncated: true });
  expect(Buffer.byteLength((result as { body: string }).body)).toBe(65_536);
});

test('nobody listens: retried as CONNECTION_FAILED', async () => {
  const { id } = await enqueue(dtp, {
    type: 'http.request',
    payload: { url: 'http://127.0.0.1:1/' },
    retryPolicy: { ...retryPolicy, maxAttempts: 2 },
  });
  const failed = await becomes(dtp, id, 'FAILED');
  expect(failed).toMatchObject({ attempt: 2, error: { code: 'CONNECTION_FAILED' } });
});

test('an internal address that is not opened is refused, for good, and never called', async () => {
  const { id } = await enqueue(dtp, {
    type: 'http.request',
    payload: { url: origin.replace('127.0.0.1', 'localhost') },
    retryPolicy,
  });
  expect(await becomes(dtp, id, 'FAILED')).toMatchObject({ attempt: 1, error: { code: 'TARGET_FORBIDDEN' } });
  expect(calls).toEqual([]);
});

test('a cancel cuts the call off', async () => {
  const { id } = await request('/hang');
  await becomes(dtp, id, 'RUNNING');
  await dtp.http.put(`/tasks/${id}/cancel`).expect(200);
  await becomes(dtp, id, 'CANCELLED');
});
