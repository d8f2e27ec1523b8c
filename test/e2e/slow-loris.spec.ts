import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Crowd } from '../support/crowd.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type Api, startApi } from './api-app.ts';
import { type Dtp, startDtp } from './dtp-app.ts';

/** At each plane, half of them slow at their headers, half at their body. */
const LORISES = 200;
const BYTE_EVERY_MS = 250;
const MOST_MS = 500;
/** In place of what they are, so that nobody waits for half a minute. */
const HEADERS_TIMEOUT_MS = 2_500;
const REQUEST_TIMEOUT_MS = 4_000;
/** Time limits are looked at every 2 s. */
const HUNG_UP_MS = REQUEST_TIMEOUT_MS + 2_000 + 1_000;
/** What is slow by itself is slow each time; a machine that is busy with something else is not. */
const TRIES = 3;

let databases: readonly [webdb: TestDatabase, dtp: TestDatabase];
let dtp: Dtp;
let api: Api;
let planes: readonly (readonly [app: Api['app'] | Dtp['app'], creates: string, task: object])[];

beforeAll(async () => {
  databases = await Promise.all([createTestDatabase('webdb'), createTestDatabase('dtp')]);
  dtp = await startDtp(databases[1].url, { LOG_LEVEL: 'fatal' });
  api = await startApi(databases[0].url, dtp, { LOG_LEVEL: 'fatal' });
  await api.app.listen(0, '127.0.0.1');
  planes = [
    [dtp.app, '/tasks', { type: 'echo' }],
    [api.app, '/api/tasks', { type: 'echo', name: 'a task' }],
  ];
});
afterAll(async () => {
  await api?.close();
  await dtp?.close();
  await Promise.all((databases ?? []).map((database) => database.drop()));
});

/** Sends something without end, byte by byte. Resolves to how long it took until it was hung up on. */
async function loris(port: number, start: string): Promise<number> {
  const socket: Socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined).resume();
  await once(socket, 'connect');
  const connectedAt = performance.now();
  socket.write(start);
  const bytes = setInterval(() => socket.write('x'), BYTE_EVERY_MS);
  await once(socket, 'close');
  clearInterval(bytes);
  return performance.now() - connectedAt;
}

test(`${LORISES} slow callers at each plane keep nobody waiting, and are hung up on`, async () => {
  await Promise.all(planes.map(besiege));
});

async function besiege([app, path, task]: (typeof planes)[number]): Promise<void> {
  const server = app.getHttpServer();
  expect([server.headersTimeout, server.requestTimeout]).toEqual([10_000, 30_000]);
  Object.assign(server, { headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS });
  const url = await app.getUrl();
  const crowd = new Crowd(url);
  const host = `host: ${new URL(url).host}`;
  const slowHeaders = `GET /health/live HTTP/1.1\r\n${host}\r\nx-slow: `;
  const slowBody = `POST ${path} HTTP/1.1\r\n${host}\r\ncontent-type: application/json\r\ncontent-length: 5000\r\n\r\n{`;
  let open = LORISES;
  const lorises = Array.from({ length: LORISES }, async (_, number) => {
    const ms = await loris(Number(new URL(url).port), number % 2 === 0 ? slowHeaders : slowBody);
    open--;
    return ms;
  });
  await delay(500);
  expect(open).toBe(LORISES);

  const calls = [
    { method: 'GET', path: '/health/live' },
    { method: 'GET', path: '/health/ready' },
    { method: 'POST', path, body: task },
  ] as const;
  for (const call of calls) {
    let leastMs = Number.POSITIVE_INFINITY;
    for (let tries = 0; tries < TRIES && leastMs >= MOST_MS; tries++) {
      const { status, tookMs } = await crowd.send(call);
      expect(status).toBe(call.method === 'POST' ? 201 : 200);
      leastMs = Math.min(leastMs, tookMs);
    }
    expect(leastMs).toBeLessThan(MOST_MS);
  }
  expect(open).toBe(LORISES);

  const hungUpMs = await Promise.all(lorises);
  expect(Math.max(...hungUpMs)).toBeLessThan(HUNG_UP_MS);
  expect((await crowd.send(calls[1])).status).toBe(200);
  crowd.close();
}
