import type { LookupAddress } from 'node:dns';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HostResolver } from '../../apps/dtp-scheduler/src/handlers/http-request/host-resolver.ts';
import { INTERNAL_HOSTS } from '../../apps/dtp-scheduler/src/handlers/http-request/internal-hosts.testing.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { becomes, type Dtp, enqueue, startDtp } from './dtp-app.ts';

/** Listens where every forbidden request would arrive, and counts what does. */
let canary: Server;
let caught = 0;
/** A target outside, as far as DTP is concerned, that redirects wherever its path says. */
let door: Server;
let database: TestDatabase;
let dtp: Dtp;
let asked: string[];

/** Leads inside: at once, or from the second question on. */
class Rebinding extends HostResolver {
  override async resolve(host: string): Promise<readonly LookupAddress[]> {
    asked.push(host);
    const isFirst = asked.filter((name) => name === host).length === 1;
    const outside = { address: '203.0.112.1', family: 4 };
    const inside = { address: '127.0.0.1', family: 4 };
    if (host === 'both.example') return [outside, inside];
    if (host === 'mapped.example') return [{ address: '::ffff:127.0.0.1', family: 6 }];
    return host === 'door.example' ? [inside] : [isFirst && host === 'rebind.example' ? outside : inside];
  }
}

const listen = async (answer: RequestListener): Promise<Server> => {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
};
const portOf = (server: Server): number => (server.address() as AddressInfo).port;

beforeAll(async () => {
  canary = await listen((_, response) => {
    caught++;
    response.end('caught');
  });
  door = await listen(({ url = '' }, response) =>
    response.writeHead(307, { location: decodeURIComponent(url.slice(1)) }).end(),
  );
  database = await createTestDatabase('dtp');
  const env = { HTTP_TASK_ALLOW: `door.example:${portOf(door)}`, LOG_LEVEL: 'fatal' };
  dtp = await startDtp(database.url, env, 0, { resolver: new Rebinding() });
});
beforeEach(() => {
  caught = 0;
  asked = [];
});
afterAll(async () => {
  await dtp?.close();
  await database?.drop();
  for (const server of [canary, door]) {
    server?.closeAllConnections();
    await new Promise((resolve) => server?.close(resolve));
  }
});

/** Has the task run to its end, with one try. */
async function run(url: string) {
  const payload = { method: 'GET', url };
  const { id } = await enqueue(dtp, {
    type: 'http.request',
    payload,
    timeoutMs: 2_000,
    retryPolicy: { maxAttempts: 1 },
  });
  return becomes(dtp, id, 'SUCCEEDED', 'FAILED');
}

test(`none of ${INTERNAL_HOSTS.length} URLs that lead inside hits the canary`, async () => {
  const tasks = await Promise.all(INTERNAL_HOSTS.map((host) => run(`http://${host}:${portOf(canary)}/`)));
  expect(new Set(tasks.map(({ error }) => error?.code))).toEqual(new Set(['TARGET_FORBIDDEN']));
  expect(asked).toEqual([]);
  expect(caught).toBe(0);
});

test.each(INTERNAL_HOSTS.filter((_, index) => index % 5 === 0))('nor does a redirect to %s', async (host) => {
  const inward = encodeURIComponent(`http://${host}:${portOf(canary)}/`);
  const task = await run(`http://door.example:${portOf(door)}/${inward}`);
  expect(task).toMatchObject({ state: 'FAILED', error: { code: 'TARGET_FORBIDDEN' } });
  expect(caught).toBe(0);
});

test.each(['inside.example', 'both.example', 'mapped.example'])('nor does the name %s', async (host) => {
  expect(await run(`http://${host}:${portOf(canary)}/`)).toMatchObject({ error: { code: 'TARGET_FORBIDDEN' } });
  expect(caught).toBe(0);
});

test('a resolver that leads inside from the second question on is asked once', async () => {
  // The address that was checked is the one that is called: nothing answers there.
  const task = await run(`http://rebind.example:${portOf(canary)}/`);
  expect(task.error?.code).toMatch(/^(?:CONNECTION_FAILED|TIMEOUT)$/);
  expect(asked).toEqual(['rebind.example']);
  expect(caught).toBe(0);
});
