import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { TcpProxy } from '../chaos/proxy/tcp-proxy.ts';
import { type Call, Crowd, type Told } from '../support/crowd.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type PlaneProcess, startPlane } from '../support/processes.ts';
import { eventually } from './api-app.ts';

/** Each way and for each piece of 64 KiB, so that a statement takes twice as long, and longer the larger it is. */
const DATABASE_DELAY_MS = 75;
/** As shipped, whatever the other tests run with: a single connection would be the worker's for half of the time. */
const POOL_SIZE = '10';
const CREATORS = 500;
const READERS = 100;
const BATCHERS = 20;
const BATCH = 500;
const PRESS_MS = 4_000;
/** Then each batch that was accepted takes seconds to be sent, piece by piece. */
const PRESS_BY_BATCHES_MS = 2_000;
/** Shorter than what `Retry-After` asks for. */
const PAUSE_MS = 500;
/** By the median; on a machine that runs other tests as well, the slowest one is late by what that costs. */
const MS_TO_REFUSE = 1_000;
const MOST_MS_TO_REFUSE = 2_000;
const MOST_MS_TO_ACCEPT = 2_500;
const MOST_MS_TO_BE_LIVE = 500;
/** What is slow by itself is slow each time; a machine that is busy with something else is not. */
const TRIES = 3;

interface Plane {
  readonly path: string;
  readonly database: TestDatabase;
  readonly proxy: TcpProxy;
  readonly process: PlaneProcess;
  readonly crowd: Crowd;
}

let dtp: Plane;
let taskPilot: Plane;

beforeAll(async () => {
  dtp = await start('dtp', '/tasks', 'dtp', (url, direct) => ({
    DTP_DB_URL: url,
    DTP_DB_DIRECT_URL: direct,
    DTP_DB_POOL_SIZE: POOL_SIZE,
  }));
  const DTP_URL = dtp.process.url;
  taskPilot = await start('api', '/api/tasks', 'webdb', (url) => ({
    WEBDB_URL: url,
    WEBDB_POOL_SIZE: POOL_SIZE,
    DTP_URL,
  }));
});
afterAll(async () => {
  for (const plane of [taskPilot, dtp]) {
    plane?.crowd.close();
    await plane?.process.kill('SIGKILL');
    await plane?.proxy.stop();
    await plane?.database.drop();
  }
});

async function start(
  plane: 'api' | 'dtp',
  path: string,
  schema: 'webdb' | 'dtp',
  env: (url: string, direct: string) => Record<string, string>,
): Promise<Plane> {
  const database = await createTestDatabase(schema);
  const { hostname: host, port } = new URL(database.url);
  const proxy = await TcpProxy.start({ host, port: Number(port) });
  const process = await startPlane(plane, env(proxy.through(database.url), database.url));
  return { path, database, proxy, process, crowd: new Crowd(process.url) };
}

interface Pressure {
  readonly creates: readonly Told[];
  readonly reads: readonly Told[];
  readonly live: readonly Told[];
  readonly ready: readonly Told[];
  /** Ids by key. */
  readonly accepted: ReadonlyMap<string, string>;
}

/** Asks for more creates and reads than the database can take. What is refused is asked for again, under its key. */
async function press({ crowd, proxy, path }: Plane, task: object, name: string): Promise<Pressure> {
  const made = await crowd.send({ method: 'POST', path, body: { ...task, runAt: '2100-01-01T00:00:00Z' } });
  const read = { method: 'GET', path: `${path}/${made.body.id}` } as const;
  const accepted = new Map<string, string>();
  const keys: string[] = [];
  let count = 0;
  const nextCreate = (caller: number, last: Told | null): Call => {
    if (last?.status !== 503) keys[caller] = `${name}-${count++}`;
    return { method: 'POST', path, key: keys[caller] as string, body: task };
  };
  proxy.behave({ kind: 'delay', ms: DATABASE_DELAY_MS });
  const [creates, reads, live, ready] = await Promise.all([
    crowd.press(CREATORS, PRESS_MS, PAUSE_MS, nextCreate, ({ key = '' }, { status, body }) => {
      if (status === 201) accepted.set(key, String(body.id));
    }),
    crowd.press(READERS, PRESS_MS, PAUSE_MS, () => read),
    watch(crowd, '/health/live'),
    watch(crowd, '/health/ready'),
  ]);
  proxy.heal();
  return { creates, reads, live, ready, accepted };
}

async function watch(crowd: Crowd, path: string): Promise<Told[]> {
  const told: Told[] = [];
  for (const end = performance.now() + PRESS_MS; performance.now() < end; await delay(100)) {
    told.push(await crowd.send({ method: 'GET', path }));
  }
  return told;
}

const medianMs = (answers: readonly Told[]) =>
  answers.map(({ tookMs }) => tookMs).sort((a, b) => a - b)[answers.length >> 1];
const longestMs = (answers: readonly Told[]) => Math.max(0, ...answers.map(({ tookMs }) => tookMs));
const statuses = (answers: readonly Told[]) => new Set(answers.map(({ status }) => status));
const isRefusal = ({ status }: Told) => status === 503;

function judge({ creates, reads, live, ready }: Pressure): void {
  expect(statuses(creates)).toEqual(new Set([201, 503]));
  expect(statuses([...live, ...ready])).toEqual(new Set([200]));
  const refusals = [...creates, ...reads].filter(isRefusal);
  for (const { retryAfter, body } of refusals) {
    expect([retryAfter, body.code]).toEqual([expect.stringMatching(/^\d+$/), 'DATABASE_UNAVAILABLE']);
  }
  expect(medianMs(refusals)).toBeLessThan(MS_TO_REFUSE);
  expect(longestMs(refusals)).toBeLessThan(MOST_MS_TO_REFUSE);
  expect(longestMs([...creates, ...reads])).toBeLessThan(MOST_MS_TO_ACCEPT);
  expect(longestMs(live)).toBeLessThan(MOST_MS_TO_BE_LIVE);
}

/** What was accepted is there under its key, and nothing else is. */
async function compare({ database }: Plane, accepted: ReadonlyMap<string, string>, name: string): Promise<void> {
  const { rows } = await withClient(database, (client) =>
    client.query('SELECT * FROM idempotency_key WHERE key LIKE $1', [`${name}-%`]),
  );
  expect(new Map(rows.map(({ key, task_id, web_task_id }) => [key, task_id ?? web_task_id]))).toEqual(accepted);
}

async function withClient<T>({ url }: TestDatabase, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** The first try whose times are as asked for, or the last. Whatever else is wrong fails at once. */
async function pressAndJudge(plane: Plane, task: object): Promise<string[]> {
  const accepted: string[] = [];
  for (let tries = 1; ; tries++) {
    const pressure = await press(plane, task, `try-${tries}`);
    await compare(plane, pressure.accepted, `try-${tries}`);
    accepted.push(...pressure.accepted.values());
    try {
      judge(pressure);
      return accepted;
    } catch (error) {
      if (tries === TRIES) throw error;
    }
  }
}

const TASK = { type: 'echo', payload: { text: 'x'.repeat(200) } };

test(`${CREATORS} callers at DTP, and ${READERS} who read: refused soon, or accepted for good`, async () => {
  const ids = await pressAndJudge(dtp, TASK);
  await allSucceed(ids);
}, 60_000);

test(`${CREATORS} callers at TaskPilot, and ${READERS} who read: refused soon, or accepted for good`, async () => {
  const ids = await pressAndJudge(taskPilot, { ...TASK, name: 'a task' });
  const bind = async (id: string) => {
    const path = `${taskPilot.path}/${id}/scheduler`;
    const { body } = await eventually(async () => {
      const answer = await taskPilot.crowd.send({ method: 'POST', path });
      return answer.status === 200 ? answer : null;
    });
    return String(body.schedulerTaskId);
  };
  await allSucceed(await Promise.all(ids.map(bind)));
}, 60_000);

test(`${BATCHERS} callers with batches of ${BATCH}: refused soon and whole, or accepted for good`, async () => {
  const { crowd, proxy } = dtp;
  const ids: string[] = [];
  const call: Call = { method: 'POST', path: '/tasks/batch', body: { items: Array(BATCH).fill(TASK) } };
  const before = await countTasks();
  proxy.behave({ kind: 'delay', ms: DATABASE_DELAY_MS });
  const told = await crowd.press(
    BATCHERS,
    PRESS_BY_BATCHES_MS,
    PAUSE_MS,
    () => call,
    (_, { body }) => {
      for (const { task } of (body.items ?? []) as { task: { id: string } }[]) ids.push(task.id);
    },
  );
  proxy.heal();
  expect(statuses(told)).toEqual(new Set([200, 503]));
  const refusals = told.filter(isRefusal);
  for (const { retryAfter, body } of refusals) {
    expect([retryAfter, body.code]).toEqual([expect.stringMatching(/^\d+$/), 'DATABASE_UNAVAILABLE']);
  }
  expect(medianMs(refusals)).toBeLessThan(MS_TO_REFUSE);
  expect(new Set(ids).size).toBe((told.length - refusals.length) * BATCH);
  expect((await countTasks()) - before).toBe(ids.length);
  await allSucceed(ids);
}, 60_000);

async function countTasks(): Promise<number> {
  const { rows } = await withClient(dtp.database, (client) =>
    client.query('SELECT count(*)::integer AS tasks FROM scheduler_task'),
  );
  return rows[0].tasks;
}

async function allSucceed(ids: readonly string[]): Promise<void> {
  const unfinished = `SELECT FROM unnest($1::uuid[]) AS id LEFT JOIN scheduler_task AS task USING (id)
                       WHERE task.state IS DISTINCT FROM 'SUCCEEDED'`;
  await withClient(dtp.database, (client) =>
    eventually(async () => (await client.query(unfinished, [ids])).rowCount === 0, 20_000),
  );
}
