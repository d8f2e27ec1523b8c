/**
 * What a long transaction does to the queue: a steady load, an idle REPEATABLE READ transaction held open for its
 * middle third, and how the rate and the narrow tables stand before, during and after.
 *
 * Usage: npm run bench:horizon -- [--rate 1000] [--seconds 600]
 */
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Client } from 'pg';
import { startPlane } from '../test/support/processes.ts';
import { buildIfStale } from '../tools/build.ts';
import { setting } from './support/machine.ts';
import { migrate } from './support/planes.ts';
import { Server } from './support/server.ts';

const BATCHES_PER_SECOND = 10;
const SAMPLE_EVERY_S = 10;
const TABLES = ['ready', 'claims', 'scheduled', 'cancelling', 'deadlines', 'worker'];

const { values } = parseArgs({
  options: { rate: { type: 'string', default: '1000' }, seconds: { type: 'string', default: '600' } },
});
const rate = Number(values.rate);
let accepted = 0;
let slowestMs = 0;
const seconds = Number(values.seconds);

await buildIfStale(new AbortController().signal);
const server = await Server.start(process.env.BENCH_DB_URL);
try {
  const database = await server.createDatabase();
  migrate('dtp-scheduler', { DTP_DB_URL: database.url });
  const [observer, holder] = [new Client(database.url), new Client(database.url)];
  await Promise.all([observer.connect(), holder.connect()]);
  const dtp = await startPlane('dtp', { DTP_DB_URL: database.url, DTP_DB_PREPARE: '1', LOG_LEVEL: 'debug' });
  const over = new AbortController();
  const producing = produce(dtp.url, over.signal);
  const samples: (Figures & {
    readonly at: number;
    readonly held: boolean;
    readonly accepted: number;
    slowestMs: number;
  })[] = [];
  const third = Math.round(seconds / 3);
  for (let at = SAMPLE_EVERY_S; at <= seconds; at += SAMPLE_EVERY_S) {
    await delay(SAMPLE_EVERY_S * 1_000);
    const figures = await read(observer);
    samples.push({ at, held: at > third && at <= 2 * third, accepted, slowestMs: Math.round(slowestMs), ...figures });
    slowestMs = 0;
    if (at - third >= 0 && at - third < SAMPLE_EVERY_S) await hold(holder);
    if (at - 2 * third >= 0 && at - 2 * third < SAMPLE_EVERY_S) await holder.query('COMMIT');
  }
  over.abort();
  await producing;
  await dtp.stop();
  await Promise.all([observer.end(), holder.end()]);
  console.log(setting());
  console.table(
    samples.map(({ tables: _, ...sample }, index) => ({
      ...sample,
      accepted: perSecond(sample.accepted, samples[index - 1]?.accepted),
      ended: perSecond(sample.ended, samples[index - 1]?.ended),
    })),
  );
  console.log('KB of heap + indexes, and dead rows, of each table');
  console.table(samples.map(({ at, held, tables }) => ({ at, held, ...tables })));
  console.log(`ms that each upkeep took: ${JSON.stringify(upkeeps(dtp.output()))}`);
} finally {
  await server.stop();
}

async function hold(client: Client): Promise<void> {
  await client.query('SET idle_in_transaction_session_timeout = 0');
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
  await client.query('SELECT FROM ready');
}

/** At a steady rate by the clock, however long each call takes. */
async function produce(url: string, over: AbortSignal): Promise<void> {
  const task = { type: 'echo', payload: { hello: 'world' } };
  const body = JSON.stringify({ items: Array(rate / BATCHES_PER_SECOND).fill(task) });
  const startedAt = performance.now();
  for (let made = 0; !over.aborted; made++) {
    const headers = { 'content-type': 'application/json' };
    const sentAt = performance.now();
    const answer = await fetch(`${url}/tasks/batch`, { method: 'POST', headers, body });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`POST /tasks/batch answered ${answer.status}: ${text}`);
    accepted += rate / BATCHES_PER_SECOND;
    slowestMs = Math.max(slowestMs, performance.now() - sentAt);
    const due = startedAt + (made + 1) * (1_000 / BATCHES_PER_SECOND);
    await delay(Math.max(0, due - performance.now()));
  }
}

/** Sizes in KB, of the narrow tables together. */
interface Figures {
  readonly dead: number;
  readonly heap: number;
  readonly indexes: number;
  readonly waiting: number;
  readonly ended: number;
  readonly tables: Readonly<Record<string, string>>;
}

async function read(client: Client): Promise<Figures> {
  const { rows } = await client.query<Figures>(
    `SELECT sum(n_dead_tup)::integer AS dead, (sum(pg_table_size(relid)) / 1024)::integer AS heap,
       (sum(pg_indexes_size(relid)) / 1024)::integer AS indexes, (SELECT count(*) FROM ready)::integer AS waiting,
       (SELECT count(*) FROM scheduler_task WHERE state = 'SUCCEEDED')::integer AS ended,
       json_object_agg(relname, concat(pg_table_size(relid) / 1024, ' + ', pg_indexes_size(relid) / 1024, ', ',
         n_dead_tup) ORDER BY relname) AS tables
     FROM pg_stat_user_tables WHERE relname = ANY ($1)`,
    [TABLES],
  );
  const [figures] = rows;
  if (!figures) throw new Error('a SELECT without a row');
  return figures;
}

/** From the lines of the vacuum sweep: how long each vacuum and rewrite of a table took, in order. */
function upkeeps(output: string): Record<string, number[]> {
  const took: Record<string, number[]> = {};
  for (const line of output.split('\n').filter((one) => one.includes('"VacuumSweep"'))) {
    const { msg, durationMs } = JSON.parse(line) as { msg: string; durationMs: number };
    took[msg] = [...(took[msg] ?? []), durationMs];
  }
  return took;
}

function perSecond(ended: number, before = 0): string {
  return `${Math.round((ended - before) / SAMPLE_EVERY_S)} /s`;
}
