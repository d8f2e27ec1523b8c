import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AttemptView, SchedulerTaskView } from '@taskpilot/contracts';
import supertest from 'supertest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type PlaneProcess, startPlane } from '../support/processes.ts';
import { eventually } from './api-app.ts';

const LEASE_MS = 1_500;
const TASKS = 200;

let database: TestDatabase;
let env: Record<string, string>;
let processes: PlaneProcess[];

beforeEach(async () => {
  database = await createTestDatabase('dtp');
  env = { DTP_DB_URL: database.url, DTP_LEASE_MS: String(LEASE_MS), DTP_CONCURRENCY: '250', DTP_POLL_MS: '200' };
  processes = [];
});
afterEach(async () => {
  await Promise.all(processes.map((plane) => plane.kill('SIGKILL')));
  await database.drop();
});

async function start(more: Record<string, string> = {}): Promise<PlaneProcess> {
  const plane = await startPlane('dtp', { ...env, ...more });
  processes.push(plane);
  return plane;
}

const list = async ({ url }: PlaneProcess, query: string): Promise<SchedulerTaskView[]> =>
  (await supertest(url).get(`/tasks?limit=200&${query}`).expect(200)).body.items;

const enqueue = async ({ url }: PlaneProcess, body: object): Promise<SchedulerTaskView> =>
  (await supertest(url).post('/tasks').send(body).expect(201)).body;

/** By one call, so that none has ended before the last has begun. */
const enqueueMany = async ({ url }: PlaneProcess, count: number, body: object): Promise<void> =>
  void (await supertest(url)
    .post('/tasks/batch')
    .send({ items: Array(count).fill(body) })
    .expect(200));

const attempts = async ({ url }: PlaneProcess, id: string): Promise<AttemptView[]> =>
  (await supertest(url).get(`/tasks/${id}/attempts`).expect(200)).body.items;

const running = (plane: PlaneProcess, count: number) =>
  eventually(async () => (await list(plane, 'state=RUNNING')).length >= count);

test(`kill -9 in the middle of ${TASKS} running tasks: all can be claimed again within the lease and 5 s, and succeed`, async () => {
  const first = await start();
  await enqueueMany(first, TASKS, { type: 'sleep', payload: { ms: 1_000 } });
  await running(first, TASKS);
  const killedAt = Date.now();
  await first.kill('SIGKILL');

  const second = await start();
  const startMs = Date.now() - killedAt;
  // They run fifty at a time, since they may be what killed the worker.
  await eventually(async () => (await list(second, 'state=SUCCEEDED')).length === TASKS, 30_000);
  const tasks = await list(second, 'state=SUCCEEDED');
  for (const task of tasks) expect(task).toMatchObject({ attempt: 2, lostAttempts: 1, failedAttempts: 0, error: null });
  const ended = await Promise.all(tasks.map(({ id }) => attempts(second, id)));
  for (const each of ended) expect(each.map(({ outcome }) => outcome)).toEqual(['LOST', 'SUCCEEDED']);
  const claimableAt = Math.max(...ended.map(([lost]) => Date.parse(lost?.retryAt ?? '')));
  expect(claimableAt - killedAt).toBeLessThan(LEASE_MS + Math.max(startMs, 5_000));
});

test('a worker frozen for longer than its lease: another takes over, and the late result is refused', async () => {
  const frozen = await start();
  const { id } = await enqueue(frozen, { type: 'sleep', payload: { ms: 700 } });
  await running(frozen, 1);
  frozen.process.kill('SIGSTOP');

  const other = await start();
  const done = await eventually(async () => {
    const [task] = await list(other, 'state=SUCCEEDED');
    return task;
  }, LEASE_MS + 5_000);
  frozen.process.kill('SIGCONT');
  // It comes back under a new id and works on.
  await eventually(async () =>
    supertest(frozen.url)
      .get('/health/ready')
      .then(({ status }) => status === 200),
  );
  const next = await enqueue(frozen, { type: 'echo' });
  await eventually(async () => (await list(other, 'state=SUCCEEDED')).some((task) => task.id === next.id));
  const [unchanged] = (await list(other, 'state=SUCCEEDED')).filter((task) => task.id === id);
  expect(unchanged).toEqual(done);
  expect((await attempts(other, id)).map(({ outcome }) => outcome)).toEqual(['LOST', 'SUCCEEDED']);
});

test('SIGTERM: not ready, running tasks handed back at no cost, exit 0', async () => {
  const first = await start({ DTP_DRAIN_MS: '300' });
  await enqueueMany(first, 20, { type: 'sleep', payload: { ms: 2_000 } });
  await running(first, 20);
  expect(await first.stop()).toBe(0);

  const second = await start();
  await eventually(async () => (await list(second, 'state=SUCCEEDED')).length === 20);
  for (const task of await list(second, 'state=SUCCEEDED')) {
    expect(task).toMatchObject({ attempt: 2, lostAttempts: 0, failedAttempts: 0 });
  }
});

test('several schedulers on one database: each task runs once', async () => {
  const planes = await Promise.all([start(), start({ DTP_ROLE: 'worker' }), start({ DTP_ROLE: 'api' })]);
  const made = await Promise.all(
    Array.from({ length: 100 }, (_, index) => enqueue(planes[index % 2 === 0 ? 0 : 2]!, { type: 'echo' })),
  );
  const done = await eventually(async () => {
    const tasks = await list(planes[0]!, 'state=SUCCEEDED');
    return tasks.length === made.length ? tasks : null;
  });
  expect(done.every(({ attempt }) => attempt === 1)).toBe(true);
});

test('a task that kills its workers stops after three losses and says so; the others succeed', async () => {
  const poison = { type: 'sleep', payload: { ms: 60_000 } };
  let plane = await start();
  const { id } = await enqueue(plane, poison);
  for (let losses = 1; losses <= 3; losses++) {
    // The attempt tells: a plane that is back before the lease has lapsed still sees the lost one running.
    const isRunning = ({ id: of, attempt }: SchedulerTaskView) => of === id && attempt === losses;
    await eventually(async () => (await list(plane, 'state=RUNNING')).some(isRunning));
    await enqueue(plane, { type: 'echo' });
    await plane.kill('SIGKILL');
    plane = await start();
  }
  const [failed] = await eventually(async () => {
    const tasks = await list(plane, 'state=FAILED');
    return tasks.length > 0 ? tasks : null;
  });
  expect(failed).toMatchObject({ id, lostAttempts: 3, error: { code: 'WORKER_LOST' } });
  await eventually(async () => (await list(plane, 'state=SUCCEEDED')).length === 3);
}, 90_000);

test('keeps what it has compiled for the next start, and not only at its exit', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'taskpilot-compiled-'));
  try {
    // As shipped: a start that compiles everything may block a busy machine's event loop for longer than the lease above.
    await start({ NODE_COMPILE_CACHE: folder, DTP_LEASE_MS: '30000' });
    await eventually(async () => readdirSync(folder, { recursive: true }).length > 1_000);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
