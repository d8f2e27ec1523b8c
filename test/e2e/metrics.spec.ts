import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { eventually } from './api-app.ts';
import { becomes, type Dtp, enqueue, startDtp } from './dtp-app.ts';

/** A lost lease shows at the next heartbeat, of which there are three a lease. */
const LEASE_MS = 9_000;
const TABLES_OF_THE_QUEUE = ['ready', 'scheduled', 'claims', 'cancelling', 'deadlines', 'worker', 'scheduler_task'];

/** Every sample of a scrape, by its name and labels as they are written. */
async function scrape({ http }: Dtp): Promise<ReadonlyMap<string, number>> {
  const { text } = await http.get('/metrics').expect(200);
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const at = line.lastIndexOf(' ');
      return [line.slice(0, at), Number(line.slice(at + 1))];
    }),
  );
}

/** Scrapes until a sample is as expected: what is read from the database is a few seconds old. */
const scrapedUntil = (dtp: Dtp, name: string, holds: (value: number) => boolean) =>
  eventually(async () => {
    const samples = await scrape(dtp);
    const value = samples.get(name);
    if (value !== undefined && holds(value)) return samples;
    await delay(200);
    return null;
  }, 15_000);

describe('/metrics of DTP', () => {
  let database: TestDatabase;
  let dtp: Dtp;

  beforeAll(async () => {
    database = await createTestDatabase('dtp');
    dtp = await startDtp(database.url, { DTP_LEASE_MS: String(LEASE_MS) });
  });
  afterAll(async () => {
    await dtp.close();
    await database.drop();
  });

  test('is Prometheus text, kept by nobody, and no part of the documented API', async () => {
    const { headers, text } = await dtp.http.get('/metrics').expect(200);
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(headers['cache-control']).toBe('no-store');
    expect(text).toContain('# TYPE dtp_tasks_enqueued_total counter');
    const { body } = await dtp.http.get('/docs-json').expect(200);
    expect(Object.keys(body.paths)).not.toContain('/metrics');
  });

  test('counts what became of the tasks', async () => {
    const before = await scrape(dtp);
    const [echo, flaky, broken] = await Promise.all([
      enqueue(dtp, { type: 'echo' }),
      enqueue(dtp, { type: 'flaky', payload: { failures: 1 }, retryPolicy: { initialDelayMs: 1 } }),
      enqueue(dtp, { type: 'flaky', payload: { failures: 1 }, retryPolicy: { maxAttempts: 1 } }),
    ]);
    await becomes(dtp, echo.id, 'SUCCEEDED');
    await becomes(dtp, flaky.id, 'SUCCEEDED');
    await becomes(dtp, broken.id, 'FAILED');
    const after = await scrape(dtp);
    const grown = (name: string) => (after.get(name) ?? 0) - (before.get(name) ?? 0);
    expect({
      enqueued: grown('dtp_tasks_enqueued_total'),
      claimed: grown('dtp_tasks_claimed_total{lane="fresh"}'),
      completed: grown('dtp_attempts_ended_total{verb="complete"}'),
      retried: grown('dtp_attempts_ended_total{verb="retry"}'),
      failed: grown('dtp_attempts_ended_total{verb="fail"}'),
      stale: grown('dtp_attempts_stale_total'),
      inBatches: grown('dtp_queue_batch_size_sum{call="claim"}'),
      ended: grown('dtp_queue_batch_size_sum{call="end"}'),
    }).toEqual({ enqueued: 3, claimed: 4, completed: 2, retried: 1, failed: 1, stale: 0, inBatches: 4, ended: 4 });
    expect(grown('dtp_queue_call_duration_seconds_count{call="end"}')).toBeGreaterThan(0);
  });

  test('counts a stale attempt, and the lease that was lost before', async () => {
    const client = new Client(database.url);
    await client.connect();
    const { id } = await enqueue(dtp, { type: 'sleep', payload: { ms: 500 } });
    await becomes(dtp, id, 'RUNNING');
    const before = await scrape(dtp);
    await client.query('UPDATE scheduler_task SET attempt = attempt + 1 WHERE id = $1', [id]);
    await scrapedUntil(dtp, 'dtp_attempts_stale_total', (stale) => stale === 1);
    expect(before.get('dtp_leases_lost_total')).toBe(0);
    await client.query('DELETE FROM worker');
    await scrapedUntil(dtp, 'dtp_leases_lost_total', (lost) => lost === 1);
    await client.end();
  }, 30_000);

  test('shows how deep the queue is, and how long the oldest has been due', async () => {
    await enqueue(dtp, { type: 'nobody.knows', priority: -100 });
    await enqueue(dtp, { type: 'echo', runAt: '2999-01-01T00:00:00.000Z', deadlineAt: '2999-01-02T00:00:00.000Z' });
    const client = new Client(database.url);
    await client.connect();
    await client.query(`UPDATE ready SET ready_at = ready_at - interval '1 hour'`);
    await client.end();
    const samples = await scrapedUntil(dtp, 'dtp_queue_oldest_due_seconds', (seconds) => seconds > 3_599);
    expect(samples.get('dtp_queue_ready')).toBe(1);
    expect(samples.get('dtp_queue_scheduled')).toBe(1);
    expect(samples.get('dtp_queue_deadlines')).toBe(1);
    expect(samples.get('dtp_queue_cancelling')).toBe(0);
    expect(samples.get('dtp_workers_live')).toBe(1);
    expect(samples.get('dtp_worker_has_lease')).toBe(1);
  }, 30_000);

  test('shows dead rows, and who keeps vacuum from them', async () => {
    const [holder, writer] = [new Client(database.url), new Client(database.url)];
    await Promise.all([holder.connect(), writer.connect()]);
    await holder.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    await holder.query('SELECT FROM ready');
    // Each its own transaction, so that the horizon falls behind.
    for (let made = 0; made < 20; made++) {
      await writer.query(`INSERT INTO deadlines VALUES (now() + interval '1 day', gen_random_uuid())`);
    }
    await writer.query('DELETE FROM deadlines');
    await writer.query('SELECT pg_stat_force_next_flush()');
    const samples = await scrapedUntil(dtp, 'dtp_table_dead_rows{table="deadlines"}', (dead) => dead >= 20);
    expect(samples.get('dtp_xmin_horizon_age_transactions{held_by="transaction"}')).toBeGreaterThanOrEqual(20);
    expect(samples.get('dtp_xmin_horizon_age_transactions{held_by="prepared"}')).toBe(0);
    expect(samples.get('dtp_xmin_horizon_age_transactions{held_by="slot"}')).toBe(0);
    expect(samples.get('dtp_oldest_transaction_seconds')).toBeGreaterThan(0);
    for (const table of TABLES_OF_THE_QUEUE) {
      expect(samples.get(`dtp_table_index_bytes{table="${table}"}`)).toBeGreaterThan(0);
    }
    await holder.query('COMMIT');
    await Promise.all([holder.end(), writer.end()]);
  }, 30_000);

  test('shows the event loop’s delay and the process’s memory', async () => {
    const samples = await scrape(dtp);
    expect(samples.get('nodejs_eventloop_lag_p99_seconds')).toBeGreaterThan(0);
    expect(samples.get('process_resident_memory_bytes')).toBeGreaterThan(0);
  });
});

describe('/metrics while the database is away', () => {
  let database: TestDatabase;
  let dtp: Dtp;
  let locker: Client;

  beforeEach(async () => {
    database = await createTestDatabase('dtp');
    dtp = await startDtp(database.url);
    locker = new Client(database.url);
    locker.on('error', () => undefined);
    await locker.connect();
  });
  afterEach(async () => {
    await dtp.close();
    await locker.end();
    await database.drop();
  });

  const answersInTime = async () => {
    const startedAt = performance.now();
    const samples = await scrape(dtp);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    expect(samples.get('dtp_database_up')).toBe(0);
    expect([...samples.keys()].filter((name) => /^dtp_(queue_ready|table_|xmin_|workers)/.test(name))).toEqual([]);
    expect(samples.get('process_resident_memory_bytes')).toBeGreaterThan(0);
  };

  test('answers within a second while the database hangs, and knows when it is back', async () => {
    await scrapedUntil(dtp, 'dtp_database_up', (up) => up === 1);
    // Tables that everybody waits for are as good as a database that hangs.
    await locker.query('BEGIN');
    await locker.query('LOCK TABLE ready, worker, scheduled IN ACCESS EXCLUSIVE MODE');
    await scrapedUntil(dtp, 'dtp_database_up', (up) => up === 0);
    await answersInTime();
    await locker.query('ROLLBACK');
    await scrapedUntil(dtp, 'dtp_database_up', (up) => up === 1);
  }, 60_000);

  test('answers within a second when the database is gone', async () => {
    await database.drop();
    await scrapedUntil(dtp, 'dtp_database_up', (up) => up === 0);
    await answersInTime();
    database = await createTestDatabase('dtp');
  }, 60_000);
});
