import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { monotonicMs } from '../../apps/dtp-scheduler/src/queue/lease/lease.port.ts';
import { ThreadedLease } from '../../apps/dtp-scheduler/src/queue/lease/threaded-lease.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

const LEASE_MS = 1_000;
const WORKER = '019ab000-0000-7000-8000-000000000001';

let database: TestDatabase;
let sql: Client;

beforeAll(async () => {
  database = await createTestDatabase('dtp');
  sql = new Client(database.url);
  await sql.connect();
});

afterAll(async () => {
  await sql.end();
  await database.drop();
});

afterEach(() => sql.query('DELETE FROM worker'));

async function until(holds: () => boolean | Promise<boolean>, ms = 10_000): Promise<void> {
  const end = monotonicMs() + ms;
  while (!(await holds())) {
    if (monotonicMs() > end) throw new Error(`It did not come true within ${ms} ms.`);
    await sleep(10);
  }
}

const leaseLives = async (): Promise<boolean> =>
  (await sql.query('SELECT FROM worker WHERE id = $1 AND lease_until > clock_timestamp()', [WORKER])).rows.length === 1;

describe('a lease held by its thread', () => {
  let lease: ThreadedLease;

  beforeEach(() => {
    lease = new ThreadedLease({ url: database.url, leaseMs: LEASE_MS });
  });

  afterEach(() => lease.close());

  it('registers the worker with its types and says when the good heartbeat was sent', async () => {
    const before = monotonicMs();
    await lease.acquire(WORKER, ['echo', 'sleep']);
    expect(lease.lastBeatMs()).toBeGreaterThanOrEqual(before);
    expect(lease.lastBeatMs()).toBeLessThanOrEqual(monotonicMs());
    const { rows } = await sql.query('SELECT id, types, lease_until > now() AS alive FROM worker');
    expect(rows).toEqual([{ id: WORKER, types: ['echo', 'sleep'], alive: true }]);
  });

  it('outlives its own length while the main thread is blocked for less than that', async () => {
    await lease.acquire(WORKER, []);
    for (let round = 0; round < 3; round++) {
      const end = monotonicMs() + LEASE_MS * 0.6;
      while (monotonicMs() < end);
      await sleep(20);
    }
    expect(await leaseLives()).toBe(true);
    expect(monotonicMs() - lease.lastBeatMs()).toBeLessThan(LEASE_MS);
  });

  it('tells that it has lapsed, and does not revive it', async () => {
    const lapsed = new Promise((resolve) => lease.onLapsed(resolve));
    await lease.acquire(WORKER, []);
    await sql.query("UPDATE worker SET lease_until = clock_timestamp() - interval '1 second'");
    expect(await lapsed).toBe(WORKER);
    expect(await leaseLives()).toBe(false);
  });

  it('lets an abandoned lease run out', async () => {
    await lease.acquire(WORKER, []);
    lease.abandon();
    await until(async () => !(await leaseLives()));
  });

  it('reconnects when its connection is cut', async () => {
    await lease.acquire(WORKER, []);
    const { rows } = await sql.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'dtp-lease' AND datname = current_database()",
    );
    expect(rows).toHaveLength(1);
    const cutAt = monotonicMs();
    await until(() => lease.lastBeatMs() > cutAt);
    expect(await leaseLives()).toBe(true);
  });

  it('goes on trying until the database is there', async () => {
    await sql.query('ALTER TABLE worker RENAME TO worker_away');
    const acquired = lease.acquire(WORKER, []);
    await sleep(300);
    await sql.query('ALTER TABLE worker_away RENAME TO worker');
    await acquired;
    expect(await leaseLives()).toBe(true);
  });
});

describe('the watchdog', () => {
  let folder: string;
  let child: ChildProcess | undefined;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lease-'));
  });

  afterEach(async () => {
    child?.kill('SIGKILL');
    await rm(folder, { recursive: true });
  });

  const start = async (afterwards: string) => {
    const module = new URL('../../apps/dtp-scheduler/src/queue/lease/threaded-lease.ts', import.meta.url);
    const script = join(folder, 'script.mjs');
    await writeFile(
      script,
      `import { ThreadedLease } from ${JSON.stringify(module.href)};
      // The lease alone keeps no process up; in a plane its HTTP server does.
      setInterval(() => {}, 50);
      const lease = new ThreadedLease({ url: ${JSON.stringify(database.url)}, leaseMs: ${LEASE_MS} });
      await lease.acquire('${WORKER}', []);
      process.stdout.write('held\\n');
      ${afterwards}`,
    );
    const started = spawn(process.execPath, [script], { stdio: 'pipe' });
    child = started;
    let errors = '';
    started.stderr.on('data', (text) => {
      errors += String(text);
    });
    return { child: started, held: once(started.stdout, 'data'), exit: once(started, 'exit'), errors: () => errors };
  };

  it('kills a process whose event loop is blocked for a whole lease, and says so', async () => {
    const { exit, errors } = await start('while (true);');
    expect(await exit).toEqual([null, 'SIGKILL']);
    expect(errors()).toContain('blocked the event loop for a whole lease (1000 ms)');
  });

  it('spares a process that was stopped for longer than that and goes on', async () => {
    const { child, held, exit } = await start(
      'process.stdin.once("data", () => process.exit(7)).once("end", () => process.exit(1));',
    );
    await held;
    child.kill('SIGSTOP');
    await sleep(LEASE_MS * 1.5);
    child.kill('SIGCONT');
    await sleep(LEASE_MS / 2);
    child.stdin.write('end\n');
    expect(await exit).toEqual([7, null]);
  });
});
