/**
 * What pruning costs: how long it takes to remove finished tasks, its longest statement, what it leaves of the tables,
 * and how long a `POST /tasks` takes meanwhile and afterwards.
 *
 * Usage: npm run bench:retention -- [--tasks 1000000]
 */
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Client } from 'pg';
import { startPlane } from '../test/support/processes.ts';
import { buildIfStale } from '../tools/build.ts';
import { finishedTasks } from './support/finished-tasks.ts';
import { setting } from './support/machine.ts';
import { migrate } from './support/planes.ts';
import { Server } from './support/server.ts';
import { quantile } from './support/statistics.ts';
import { HttpConnection } from './workers/http-connection.ts';

const AFTERWARDS_MS = 30_000;
const POST_EVERY_MS = 20;
const TABLES = ['scheduler_task', 'pruned_task', 'idempotency_key'] as const;

const { values } = parseArgs({ options: { tasks: { type: 'string', default: '1000000' } } });
const tasks = Number(values.tasks);

await buildIfStale(new AbortController().signal);
const server = await Server.start(process.env.BENCH_DB_URL);
try {
  const database = await server.createDatabase();
  migrate('dtp-scheduler', { DTP_DB_URL: database.url });
  const client = new Client(database.url);
  await client.connect();
  await finishedTasks(client, tasks);
  const sizes = { before: await readSizes(client), after: {} };
  const startedAt = performance.now();
  const dtp = await startPlane('dtp', { DTP_DB_URL: database.url, DTP_DB_PREPARE: '1', DTP_RETENTION_DAYS: '30' });
  const isPruned = async () => ((await metrics(dtp.url)).get('dtp_tasks_pruned_total') ?? 0) >= tasks;
  const meanwhile = await postUntil(dtp.url, isPruned);
  const prunedS = (performance.now() - startedAt) / 1_000;
  const afterwards = await postUntil(
    dtp.url,
    async () => performance.now() - startedAt > prunedS * 1_000 + AFTERWARDS_MS,
  );
  sizes.after = await readSizes(client);
  const scraped = await metrics(dtp.url);
  await dtp.stop();
  await client.end();
  console.log(setting());
  console.log(`${tasks} finished tasks pruned in ${prunedS.toFixed(0)} s, ${Math.round(tasks / prunedS)} a second`);
  console.table({ 'a step of pruning': stepsOf(scraped) });
  console.table({ 'POST /tasks meanwhile': times(meanwhile), afterwards: times(afterwards) });
  console.table(sizes.before);
  console.table(sizes.after);
} finally {
  await server.stop();
}

/** MB, the indexes apart. */
async function readSizes(client: Client): Promise<Record<string, object>> {
  const { rows } = await client.query<{ table: string; heap: number; indexes: number; dead: number }>(
    `SELECT relname AS table, (pg_table_size(relid) / 1e6)::integer AS heap,
       (pg_indexes_size(relid) / 1e6)::integer AS indexes, n_dead_tup::integer AS dead
     FROM pg_stat_user_tables WHERE relname = ANY ($1) ORDER BY relname`,
    [TABLES],
  );
  return Object.fromEntries(rows.map(({ table, heap, indexes, dead }) => [table, { heap, indexes, dead }]));
}

/** Posts one task after the other, at a pace that leaves the machine idle. Answers how long each took, in ms. */
async function postUntil(url: string, isOver: () => Promise<boolean>): Promise<number[]> {
  const connection = await HttpConnection.open(new URL(url));
  const taken: number[] = [];
  let lastAsked = performance.now();
  for (;;) {
    const startedAt = performance.now();
    const { status, body } = await connection.post('/tasks', '{"type":"echo","payload":{"hello":"world"}}');
    if (status !== 201) throw new Error(`POST /tasks answered ${status}: ${body}`);
    taken.push(performance.now() - startedAt);
    await delay(POST_EVERY_MS);
    if (performance.now() - lastAsked < 1_000) continue;
    if (await isOver()) break;
    lastAsked = performance.now();
  }
  connection.close();
  return taken;
}

async function metrics(url: string): Promise<ReadonlyMap<string, number>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const samples = text.split('\n').filter((line) => !line.startsWith('#'));
  return new Map(samples.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]));
}

/** The longest is known as well as the buckets are fine. */
function stepsOf(scraped: ReadonlyMap<string, number>): object {
  const name = 'dtp_queue_call_duration_seconds';
  const count = scraped.get(`${name}_count{call="prune"}`) ?? 0;
  const sum = scraped.get(`${name}_sum{call="prune"}`) ?? 0;
  const bounds = [...scraped].flatMap(([key, below]) => {
    const [, bound] = new RegExp(`^${name}_bucket\\{le="([\\d.]+)",call="prune"\\}$`).exec(key) ?? [];
    return bound === undefined || below < count ? [] : Number(bound) * 1_000;
  });
  return { count, 'mean ms': ((sum / count) * 1_000).toFixed(1), 'longest, below ms': Math.min(...bounds) };
}

function times(taken: readonly number[]): object {
  const ms = (share: number) => quantile(taken, share).toFixed(1);
  return { 'p50 ms': ms(0.5), 'p99 ms': ms(0.99), 'max ms': Math.max(...taken).toFixed(1), requests: taken.length };
}
