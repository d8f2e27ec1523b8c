import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type PlaneProcess, startPlane } from '../../test/support/processes.ts';
import { planeArguments } from '../../tools/build.ts';
import { GRAPHILE_WORKER, graphileWorker } from '../contenders/graphile-worker.ts';
import { PG_BOSS, pgBoss } from '../contenders/pg-boss.ts';
import type { Bench, BenchCase } from '../support/bench-case.ts';
import { EchoCaller } from '../support/echo-task.ts';
import type { Metrics, Side } from '../support/samples.ts';
import { runScript } from '../support/script.ts';
import { quantile } from '../support/statistics.ts';
import { type HandlerCall, monotonicMs } from '../workers/handler-call.ts';

const MOST_SAMPLES = 200;
const WARM_UP = 500;
const PAUSE_MS = 20;

/** The plane, with an `echo` that tells when it was called. */
const TIMED_ECHO = [
  ...planeArguments('dtp-scheduler').slice(0, -1),
  fileURLToPath(new URL('../workers/timed-echo.ts', import.meta.url)),
];

/**
 * From the call that enqueues to that of the handler. Ours is called over HTTP from another process; the peers' are
 * called in the process that runs the job.
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
      measure: () =>
        withIdlePlane(bench, (_plane, caller, samples) => sample(samples, () => caller.postUntilSucceeded())),
    },
  ],
};

async function withIdlePlane(
  { templates, taskpilot, options }: Bench,
  measure: (plane: PlaneProcess, caller: EchoCaller, samples: number) => Promise<number[]>,
): Promise<Metrics> {
  const database = await templates.copy(taskpilot);
  const dtp = await startPlane('dtp', { DTP_DB_URL: database.url, DTP_DB_PREPARE: '1', ...options.set }, TIMED_ECHO);
  const caller = await EchoCaller.open(dtp.url);
  try {
    return shares(await measure(dtp, caller, samplesFor(options.tasks)));
  } finally {
    caller.close();
    await dtp.stop();
    await database.drop();
  }
}

async function pickupTimes({ process: plane }: PlaneProcess, caller: EchoCaller, samples: number): Promise<number[]> {
  const calls = new Map<string, number>();
  plane.on('message', ({ id, atMs }: HandlerCall) => calls.set(id, atMs));
  return sample(samples, async () => {
    const askedMs = monotonicMs();
    const id = await caller.post();
    await caller.untilSucceeded(id);
    // Told through a pipe, which may be behind the answer of the poll.
    while (!calls.has(id)) await delay(1);
    return (calls.get(id) ?? Number.NaN) - askedMs;
  });
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
