/**
 * The storage that the product has, against what it might have been: a full queue, claimed and completed in batches over
 * two connections, by the same fenced statements but for the design. No handlers, nothing of node's but the driver.
 *
 * Usage: npm run bench:storage -- [--tasks 50000] [--batch 1000] [--runs 5]
 */
import { parseArgs } from 'node:util';
import { Client } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { KEPT_PLANS } from '../libs/platform/src/database/kept-plans.ts';
import { buildIfStale } from '../tools/build.ts';
import { taskpilot } from './contenders/taskpilot.ts';
import type { Design } from './storage/designs.ts';
import { setting } from './support/machine.ts';
import { Observer } from './support/observer.ts';
import { printRows } from './support/print-rows.ts';
import { postgresProcessorMs } from './support/process-figures.ts';
import { rowsOf } from './support/rows.ts';
import { interleave, type Metrics, type Side } from './support/samples.ts';
import { type Database, Server } from './support/server.ts';
import { Templates } from './support/templates.ts';

const CONNECTIONS = 2;

const { values } = parseArgs({
  options: {
    tasks: { type: 'string', default: '50000' },
    batch: { type: 'string', default: '1000' },
    runs: { type: 'string', default: '5' },
  },
});
const [tasks, batch, runs] = [Number(values.tasks), Number(values.batch), Number(values.runs)];

await buildIfStale(new AbortController().signal);
const { DESIGNS } = await import('./storage/designs.ts');
const server = await Server.start(process.env.BENCH_DB_URL);
try {
  const product = taskpilot({});
  const templates = new Templates(server);
  const sides = DESIGNS.map(
    (design): Side => ({
      contender: design.name,
      async measure() {
        const database = await templates.copy(product);
        await product.fill(database.url, tasks);
        const metrics = await drain(database, design);
        await database.drop();
        return metrics;
      },
    }),
  );
  const samples = await interleave(runs, sides, (name, { rate }) => console.log(`  ${name}: ${Math.round(rate ?? 0)}`));
  console.log({ ...setting(), tasks, batch });
  console.log(printRows(rowsOf('storage', samples, [])));
} finally {
  await server.stop();
}

/** @throws Error when not every task was claimed and completed */
async function drain(database: Database, design: Design): Promise<Metrics> {
  const observer = await Observer.connect(database.url);
  for (const statement of [...(design.prepare ?? []), 'VACUUM ANALYZE', 'CHECKPOINT']) await observer.query(statement);
  const workers = await Promise.all(Array.from({ length: CONNECTIONS }, () => openWorker(database.url)));
  const backend = await observer.backendPid();
  const before = { postgres: postgresProcessorMs(backend), wal: await observer.walBytes(), at: performance.now() };
  const done = await Promise.all(workers.map(({ client, id }) => work(client, id, design)));
  const elapsedMs = performance.now() - before.at;
  const ended = done.reduce((total, count) => total + count, 0);
  if (ended !== tasks) throw new Error(`${design.name} has ended ${ended} of ${tasks} tasks.`);
  const metrics = {
    rate: (tasks * 1_000) / elapsedMs,
    postgresProcessor: ((postgresProcessorMs(backend) - before.postgres) * 1_000) / tasks,
    wal: ((await observer.walBytes()) - before.wal) / tasks,
  };
  await Promise.all([observer.client.end(), ...workers.map(({ client }) => client.end())]);
  return metrics;
}

async function openWorker(url: string): Promise<{ readonly client: Client; readonly id: string }> {
  const client = new Client({ connectionString: url, options: KEPT_PLANS });
  await client.connect();
  const id = uuidv7();
  await client.query(
    `INSERT INTO worker (id, lease_until, types, started_at)
     VALUES ($1, clock_timestamp() + interval '1 hour', '{echo}', now())`,
    [id],
  );
  return { client, id };
}

async function work(client: Client, workerId: string, design: Design): Promise<number> {
  let ended = 0;
  for (;;) {
    const held = await design.claim(client, workerId, uuidv7(), batch);
    if (held.length === 0) return ended;
    const moved = (await design.complete(client, workerId, held)) as { readonly length: number };
    ended += moved.length;
  }
}
