import { Test } from '@nestjs/testing';
import { loadDtpConfig } from '@taskpilot/platform';
import { Client } from 'pg';
import { v7 } from 'uuid';
import { DtpSchedulerModule } from '../../apps/dtp-scheduler/src/dtp-scheduler.module.ts';
import { TaskQueue } from '../../apps/dtp-scheduler/src/queue/task-queue.ts';
import { createTestDatabase } from '../support/database.ts';
import { newTask } from './queue-database.ts';

it('drains', async () => {
  const { url, drop } = await createTestDatabase('dtp');
  const sql = new Client(url);
  await sql.connect();
  const N = 50_000;
  await sql.query(
    `WITH t AS (INSERT INTO scheduler_task (id, run_at, created_at, updated_at, state, state_seq, attempt, failed_attempts, lost_attempts, max_attempts, timeout_ms, priority, type, queue, retry_policy, payload)
     SELECT gen_random_uuid(), now(), now(), now(), 'QUEUED', 1, 0,0,0,5,60000,0,'echo','default','{"maxAttempts":5,"strategy":"fixed","initialDelayMs":1,"factor":1,"maxDelayMs":1,"jitter":"none"}', '{"a":1}' FROM generate_series(1,${N}) RETURNING *)
     INSERT INTO ready (rank, ready_at, id, lost_attempts, type) SELECT 0, now(), id, 0, 'echo' FROM t`);
  await sql.query('ANALYZE');
  const config = loadDtpConfig({ DTP_DB_URL: url, NODE_ENV: 'test', ALLOW_UNSAFE_DURABILITY: '1', DTP_LEASE_MS: '30000' } as never);
  const moduleRef = await Test.createTestingModule({ imports: [DtpSchedulerModule.forConfig(config)] }).compile();
  const t0 = performance.now();
  const q = moduleRef.get(TaskQueue, { strict: false });
  const stat: Record<string, { n: number; rows: number; ms: number }> = {};
  for (const m of ['claim', 'end'] as const) {
    const orig = (q as any)[m].bind(q);
    (q as any)[m] = async (...a: any[]) => {
      const s = performance.now();
      const r = await orig(...a);
      const st = (stat[m] ??= { n: 0, rows: 0, ms: 0 });
      st.n++; st.rows += r.length; st.ms += performance.now() - s;
      return r;
    };
  }
  const cpu0 = process.cpuUsage();
  await moduleRef.init();
  let last = -1;
  for (;;) {
    const { rows } = await sql.query("SELECT count(*)::int AS n FROM ready");
    last = rows[0].n;
    if (last === 0) break;
    await new Promise((r) => setTimeout(r, 200));
  }
  await new Promise((r) => setTimeout(r, 500));
  console.log(performance.now() - t0, (await sql.query('SELECT state, count(*) FROM scheduler_task GROUP BY 1')).rows, process.memoryUsage().rss / 1e6);
  console.log(stat, process.cpuUsage(cpu0), (await sql.query('SELECT count(*) FROM claims')).rows);
  const queue = moduleRef.get(TaskQueue, { strict: false });
  const lat: number[] = [];
  for (let i = 0; i < 300; i++) {
    const task = newTask({ id: v7(), type: 'echo' });
    const s = performance.now();
    await queue.enqueue(task);
    for (;;) {
      const { rows } = await sql.query('SELECT state FROM scheduler_task WHERE id = $1', [task.id]);
      if (rows[0].state === 'SUCCEEDED') break;
    }
    lat.push(performance.now() - s);
  }
  lat.sort((a, b) => a - b);
  console.log('latency', lat[150], lat[297]);
  const s = performance.now();
  await moduleRef.close();
  console.log('closed in', performance.now() - s, (await sql.query('SELECT count(*) FROM worker')).rows);
  await sql.end();
  await drop();
}, 120_000);
