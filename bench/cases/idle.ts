import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { startPlane } from '../../test/support/processes.ts';
import { GRAPHILE_WORKER, graphileWorker } from '../contenders/graphile-worker.ts';
import { PG_BOSS, pgBoss } from '../contenders/pg-boss.ts';
import type { Bench, BenchCase } from '../support/bench-case.ts';
import { clockOffsetMs } from '../support/clock-offset.ts';
import { postEcho, postUntilSucceeded, untilSucceeded } from '../support/echo-task.ts';
import type { Metrics, Side } from '../support/samples.ts';
import { runScript } from '../support/script.ts';
import { quantile } from '../support/statistics.ts';

const MOST_SAMPLES = 200;
const WARM_UP = 500;
const PAUSE_MS = 20;

/**
 * From the call that enqueues to the task's start. Ours is called over HTTP, and its start is the claim's time by the
 * database's clock; the peers' are called in the process that runs the job, and their start is the handler's.
 */
export const pickup: BenchCase = {
  id: 'pickup',
  title: () => 'pickup when idle',
  sides: (bench) => [
    { contender: 'taskpilot', measure: () => withIdlePlane(bench, pickupTimes) },
    peerPickup(bench, graphileWorker, GRAPHILE_WORKER),
    peerPickup(bench, pgBoss, PG_BOSS),
  ],
};

export const postToSucceeded: BenchCase = {
  id: 'post-to-succeeded',
  title: () => 'POST /tasks to SUCCEEDED when idle, polled every millisecond',
  sides: (bench) => [
    {
      contender: 'taskpilot',
      measure: () => withIdlePlane(bench, ({ url }, samples) => sample(samples, () => postUntilSucceeded(url))),
    },
  ],
};

interface IdlePlane {
  readonly url: string;
  readonly databaseUrl: string;
}

async function withIdlePlane(
  { templates, taskpilot, options }: Bench,
  measure: (plane: IdlePlane, samples: number) => Promise<number[]>,
): Promise<Metrics> {
  const database = await templates.copy(taskpilot);
  const dtp = await startPlane('dtp', { DTP_DB_URL: database.url, DTP_DB_PREPARE: '1', ...options.set });
  try {
    return shares(await measure({ url: dtp.url, databaseUrl: database.url }, samplesFor(options.tasks)));
  } finally {
    await dtp.stop();
    await database.drop();
  }
}

async function pickupTimes({ url, databaseUrl }: IdlePlane, samples: number): Promise<number[]> {
  const client = new Client(databaseUrl);
  await client.connect();
  const offset = await clockOffsetMs(client);
  const started = 'SELECT extract(epoch FROM started_at)::float8 * 1000 AS ms FROM scheduler_task WHERE id = $1';
  const times = await sample(samples, async () => {
    const asked = performance.timeOrigin + performance.now();
    const id = await postEcho(url);
    await untilSucceeded(url, id);
    const { rows } = await client.query<{ ms: number }>(started, [id]);
    return (rows[0]?.ms ?? Number.NaN) - offset - asked;
  });
  await client.end();
  return times;
}

const peerPickup = ({ templates, options }: Bench, peer: typeof graphileWorker, script: string): Side => ({
  contender: peer.name,
  async measure() {
    const database = await templates.copy(peer);
    const answer = await runScript(script, 'pickup', database.url, samplesFor(options.tasks), WARM_UP);
    await database.drop();
    return shares((answer as { times: number[] }).times);
  },
});

const samplesFor = (tasks: number): number => Math.min(tasks, MOST_SAMPLES);

const shares = (times: readonly number[]): Metrics => ({
  p50: quantile(times, 0.5),
  p95: quantile(times, 0.95),
  p99: quantile(times, 0.99),
});

async function sample(samples: number, measure: () => Promise<number>): Promise<number[]> {
  const times: number[] = [];
  for (let taken = 0; taken < WARM_UP + samples; taken++) {
    await delay(PAUSE_MS);
    times.push(await measure());
  }
  return times.slice(WARM_UP);
}
