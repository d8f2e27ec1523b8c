import { Client } from 'pg';
import type { Contender, Worker } from '../contenders/contender.ts';
import { closeGate } from './gate.ts';
import { Observer } from './observer.ts';
import { peakMemoryMb, postgresProcessorMs, processorMs } from './process-figures.ts';
import type { Metrics } from './samples.ts';
import type { Database, Server } from './server.ts';

const WAITING_POLL_MS = 20;
const UNRECORDED_POLL_MS = 2;
/** The slowest that is still believed to get on. */
const LEAST_TASKS_PER_MS = 0.2;

export interface DrainOptions {
  readonly tasks: number;
  readonly processes: number;
  readonly finishedBefore?: number;
  /** Whether another session holds a snapshot meanwhile, so that no dead row can be removed. */
  readonly heldXmin?: boolean;
}

/**
 * Fills a database and has it drained. Measured is the time from the opening of the gate to the moment at which an
 * onlooker finds everything recorded, for every contender alike.
 * @throws Error when not every task was run and recorded
 */
export async function measureDrain(
  server: Server,
  contender: Contender,
  database: Database,
  options: DrainOptions,
): Promise<Metrics> {
  const { tasks, processes, finishedBefore = 0 } = options;
  await contender.fill(database.url, tasks);
  await tidy(database);
  await server.untilLeft(database);
  const transactionsBefore = await server.transactions(database);
  const workers: Worker[] = [];
  const clients: Client[] = [];
  try {
    if (options.heldXmin) clients.push(await holdSnapshot(database.url));
    const gate = await closeGate(database.url, contender.gate);
    clients.push(gate.client);
    const start = async () => workers.push(await contender.startWorker(database.url));
    await Promise.all(Array.from({ length: processes }, start));
    await gate.untilCrowded(processes * contender.claimers);
    const observer = await Observer.connect(database.url);
    clients.push(observer.client);
    const figures = await watch(observer, contender, workers, options, gate.open);
    const memory = Math.max(...workers.map(({ pid }) => peakMemoryMb(pid)));
    const counts = await Promise.all(workers.splice(0).map((worker) => worker.stop()));
    const handled = counts.reduce<number>((total, count) => total + (count ?? 0), 0);
    const { asked } = observer;
    await contender.verify(observer.client, { tasks, finishedBefore, handled });
    await Promise.all(clients.splice(0).map((client) => client.end()));
    await server.untilLeft(database);
    const transactions = (await server.transactions(database)) - transactionsBefore - asked;
    return { ...figures, memory, transactions: transactions / tasks };
  } finally {
    await Promise.allSettled(workers.map((worker) => worker.stop()));
    await Promise.allSettled(clients.map((client) => client.end()));
  }
}

async function watch(
  observer: Observer,
  contender: Contender,
  workers: readonly Worker[],
  { tasks }: DrainOptions,
  open: () => Promise<void>,
): Promise<Metrics> {
  const backend = await observer.backendPid();
  const nodeMs = () => workers.reduce((total, { pid }) => total + processorMs(pid), 0);
  const before = { node: nodeMs(), postgres: postgresProcessorMs(backend), wal: await observer.walBytes() };
  const started = performance.now();
  const deadline = started + 60_000 + tasks / LEAST_TASKS_PER_MS;
  const check = () => {
    const gone = workers.map((worker) => worker.gone()).find((why) => why !== null);
    if (gone) throw new Error(gone);
    if (performance.now() > deadline) throw new Error(`${contender.name} has not drained ${tasks} tasks in time.`);
  };
  await open();
  await observer.untilNone(contender.waiting, WAITING_POLL_MS, check);
  await observer.untilNone(contender.unrecorded, UNRECORDED_POLL_MS, check);
  const elapsedMs = performance.now() - started;
  return {
    rate: (tasks * 1_000) / elapsedMs,
    nodeProcessor: ((nodeMs() - before.node) * 1_000) / tasks,
    postgresProcessor: ((postgresProcessorMs(backend) - before.postgres) * 1_000) / tasks,
    wal: ((await observer.walBytes()) - before.wal) / tasks,
  };
}

/** The same start for all: planner's statistics there, nothing to vacuum, nothing to write out. */
async function tidy({ url }: Database): Promise<void> {
  const client = new Client(url);
  await client.connect();
  await client.query('VACUUM ANALYZE');
  await client.query('CHECKPOINT');
  await client.end();
}

async function holdSnapshot(url: string): Promise<Client> {
  const client = new Client(url);
  await client.connect();
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
  await client.query('SET LOCAL idle_in_transaction_session_timeout = 0');
  await client.query('SELECT count(*) FROM pg_class');
  return client;
}
