import { Logger } from '@nestjs/common';
import type { TaskContext } from '../handlers/task-handler.ts';
import { Attempt } from './attempt.ts';
import { claimed, createWorker } from './testing/worker.ts';

const tasks = (count: number) => Array.from({ length: count }, () => claimed());
const obedient = ({ signal }: TaskContext) =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
  });

async function running(run: (task: TaskContext) => Promise<unknown>, count: number, settings = {}) {
  const worker = createWorker(run, { concurrency: 2, drainMs: 50, ...settings });
  const renewed = new Promise<void>((resolve) => worker.lease.onRenewed(resolve));
  worker.queue.ready.fresh = tasks(count);
  worker.lifecycle.onApplicationBootstrap();
  await renewed;
  while (worker.held.size < count) await new Promise((resolve) => setImmediate(resolve));
  return worker;
}

beforeAll(() => Logger.overrideLogger(false));

describe('the drain', () => {
  it('claims nothing more, retires the worker last, and leaves no interval behind', async () => {
    const worker = await running(obedient, 1);
    const { workerId } = worker.lease;
    const draining = worker.lifecycle.beforeApplicationShutdown();
    worker.queue.ready.fresh = tasks(1);
    worker.hints.ready();
    await draining;
    expect(worker.queue.ready.fresh).toHaveLength(1);
    expect(worker.queue.retired).toEqual([workerId]);
    expect(worker.leasePort.closed).toBe(true);
    expect(worker.scheduler.getIntervals()).toEqual([]);
  });

  it('lets running handlers finish within the time they have', async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const worker = await running(() => promise, 1, { drainMs: 60_000 });
    const draining = worker.lifecycle.beforeApplicationShutdown();
    resolve('done');
    await draining;
    expect(worker.queue.ends).toMatchObject([{ verb: 'complete', result: '"done"' }]);
  });

  it('stops those that need longer, and hands their tasks back', async () => {
    const worker = await running(obedient, 2);
    await worker.lifecycle.beforeApplicationShutdown();
    expect(worker.queue.ends.map(({ verb }) => verb)).toEqual(['release', 'release']);
  });

  it('hands back the task of a handler that ignores its signal', async () => {
    const worker = await running(() => new Promise(() => undefined), 1);
    await worker.lifecycle.beforeApplicationShutdown();
    expect(worker.queue.ends).toMatchObject([{ verb: 'release' }]);
  });

  it('hands back at once what has not been started', async () => {
    const worker = await running(obedient, 2, { drainMs: 60_000 });
    worker.slots.take([new Attempt(claimed({ id: 'waits' }), worker.lease.workerId ?? '')]);
    const draining = worker.lifecycle.beforeApplicationShutdown();
    await worker.recorder.flushed();
    expect(worker.queue.ends).toMatchObject([{ id: 'waits', verb: 'release' }]);
    for (const attempt of worker.slots.attempts()) worker.executor.stop(attempt, 'drain');
    await draining;
  });

  it('hands back what a claim under way still brings', async () => {
    const worker = await running(obedient, 0, { drainMs: 1_000 });
    const { promise, resolve } = Promise.withResolvers<void>();
    const claiming = new Promise<void>((begun) => {
      worker.queue.beforeClaim = async ({ lane }) => {
        if (lane !== 'fresh') return;
        begun();
        await promise;
      };
    });
    worker.queue.ready.fresh = tasks(2);
    worker.hints.ready();
    await claiming;
    const draining = worker.lifecycle.beforeApplicationShutdown();
    resolve();
    await draining;
    expect(worker.queue.ends.map(({ verb }) => verb)).toEqual(['release', 'release']);
  });
});
