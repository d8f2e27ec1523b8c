import { setTimeout as delay } from 'node:timers/promises';
import { PgBoss } from 'pg-boss';
import { inBatches, produceAtOnce, serve, untilStopped } from './serve.js';

const PRODUCERS = 16;
const QUEUE = 'noop';
const PAYLOAD = { hello: 'world' };

/** Fetches on at once as long as batches come back full. */
const BEST = { batchSize: 1_000, localConcurrency: 2, burstWhenBatchFull: true, pollingIntervalSeconds: 0.5 };

await serve({
  migrate: (url) => withBoss({ url, supervise: true }, (boss) => boss.createQueue(QUEUE)),

  fill: (url, tasks) =>
    withBoss({ url }, (boss) =>
      inBatches(Number(tasks), 1_000, (size) =>
        boss.insert(
          QUEUE,
          Array.from({ length: size }, () => ({ data: PAYLOAD })),
        ),
      ),
    ),

  work: (url) =>
    withBoss({ url }, async (boss) => {
      let handled = 0;
      await boss.work(QUEUE, BEST, async (jobs) => {
        handled += jobs.length;
      });
      await untilStopped();
      await boss.offWork(QUEUE, { wait: true });
      return { handled };
    }),

  enqueue: (url, jobs, warmUp) =>
    withBoss({ url }, async (boss) => {
      const send = () => boss.send(QUEUE, PAYLOAD);
      await produceAtOnce(PRODUCERS, Number(warmUp), send);
      return { rate: await produceAtOnce(PRODUCERS, Number(jobs), send) };
    }),

  /** Calls of `size` jobs from so many producers; the rate is in jobs per second. */
  bulk: (url, producers, calls, warmUp, size) =>
    withBoss({ url }, async (boss) => {
      const insert = () =>
        boss.insert(
          QUEUE,
          Array.from({ length: Number(size) }, () => ({ data: PAYLOAD })),
        );
      await produceAtOnce(Number(producers), Number(warmUp), insert);
      return { rate: Number(size) * (await produceAtOnce(Number(producers), Number(calls), insert)) };
    }),

  pickup: (url, samples, warmUp) =>
    withBoss({ url, useListenNotify: true }, async (boss) => {
      let started = () => {};
      await boss.updateQueue(QUEUE, { notify: true });
      await boss.work(QUEUE, { batchSize: 1, pollingIntervalSeconds: 0.5 }, async () => started());
      const times = [];
      for (let taken = 0; taken < Number(warmUp) + Number(samples); taken++) {
        await delay(20);
        const pickedUp = new Promise((resolve) => (started = () => resolve(performance.now())));
        const asked = performance.now();
        await boss.send(QUEUE, PAYLOAD);
        times.push((await pickedUp) - asked);
      }
      return { times: times.slice(Number(warmUp)) };
    }),
});

/**
 * @template T
 * @param {{ url: string, supervise?: boolean, useListenNotify?: boolean }} options
 * @param {(boss: PgBoss) => Promise<T>} use
 */
async function withBoss({ url, ...options }, use) {
  const boss = new PgBoss({ connectionString: url, max: PRODUCERS, schedule: false, supervise: false, ...options });
  boss.on('error', (error) => process.stderr.write(`${error.stack}\n`));
  await boss.start();
  try {
    return await use(boss);
  } finally {
    await boss.stop({ graceful: true });
  }
}
