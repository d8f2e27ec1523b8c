import { setTimeout as delay } from 'node:timers/promises';
import { Logger, makeWorkerUtils, run } from 'graphile-worker';
import { inBatches, produceAtOnce, serve, untilStopped } from './serve.js';

const PRODUCERS = 16;
const PAYLOAD = { hello: 'world' };

/** The settings that https://worker.graphile.org/docs/performance reports its best figures with. */
const BEST = {
  concurrentJobs: 24,
  maxPoolSize: 25,
  localQueue: { size: 500 },
  completeJobBatchDelay: 0,
  failJobBatchDelay: 0,
};

const logger = new Logger(() => (level, message) => {
  if (level === 'error') process.stderr.write(`${message}\n`);
});

/** @param {string} connectionString */
const preset = (connectionString) => ({ worker: { ...BEST, connectionString, logger } });

await serve({
  migrate: (url) => withUtils(url, (utils) => utils.migrate()),

  fill: (url, tasks) =>
    withUtils(url, (utils) =>
      inBatches(Number(tasks), 1_000, (size) =>
        utils.addJobs(Array.from({ length: size }, () => ({ identifier: 'noop', payload: PAYLOAD }))),
      ),
    ),

  async work(url) {
    let handled = 0;
    const runner = await run({
      preset: preset(url),
      noHandleSignals: true,
      taskList: { noop: async () => void handled++ },
    });
    await untilStopped();
    await runner.stop();
    return { handled };
  },

  enqueue: (url, jobs, warmUp) =>
    withUtils(url, async (utils) => {
      const add = () => utils.addJob('noop', PAYLOAD);
      await produceAtOnce(PRODUCERS, Number(warmUp), add);
      return { rate: await produceAtOnce(PRODUCERS, Number(jobs), add) };
    }),

  /** Calls of `size` jobs from so many producers; the rate is in jobs per second. */
  bulk: (url, producers, calls, warmUp, size) =>
    withUtils(url, async (utils) => {
      const add = () =>
        utils.addJobs(Array.from({ length: Number(size) }, () => ({ identifier: 'noop', payload: PAYLOAD })));
      await produceAtOnce(Number(producers), Number(warmUp), add);
      return { rate: Number(size) * (await produceAtOnce(Number(producers), Number(calls), add)) };
    }),

  async pickup(url, samples, warmUp) {
    let started = () => {};
    const runner = await run({ preset: preset(url), noHandleSignals: true, taskList: { noop: async () => started() } });
    const times = [];
    for (let taken = 0; taken < Number(warmUp) + Number(samples); taken++) {
      await delay(20);
      const pickedUp = new Promise((resolve) => (started = () => resolve(performance.now())));
      const asked = performance.now();
      await runner.addJob('noop', PAYLOAD);
      times.push((await pickedUp) - asked);
    }
    await runner.stop();
    return { times: times.slice(Number(warmUp)) };
  },
});

/**
 * @template T
 * @param {string} url
 * @param {(utils: Awaited<ReturnType<typeof makeWorkerUtils>>) => Promise<T>} use
 */
async function withUtils(url, use) {
  const utils = await makeWorkerUtils({ preset: preset(url) });
  try {
    return await use(utils);
  } finally {
    await utils.release();
  }
}
