import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { TaskContext } from '../handlers/task-handler.ts';
import { claimed, createWorker } from './testing/worker.ts';

const tasks = (count: number, lostAttempts = 0, type = 'work') =>
  Array.from({ length: count }, () => claimed({ lostAttempts, type }));
const lostTwice = (count = 1) => tasks(count, 2);

beforeAll(() => Logger.overrideLogger(false));
beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

/** A worker whose fresh tasks last `freshMs` and up to as long again, and those that were lost twice `suspectMs`. */
async function started({ freshMs = 100, suspectMs = 100 }) {
  let runs = 0;
  const suspects = new Set<string>();
  const beside: string[][] = [];
  const worker = createWorker(
    async ({ taskId }: TaskContext) => {
      const others = worker.held.refs().flatMap(({ id }) => (id === taskId ? [] : id));
      if (suspects.has(taskId)) beside.push(others);
      // Not all end at the same time, which would pass for a high rate.
      const ms = suspects.has(taskId) ? suspectMs : freshMs * (1 + (runs++ % 4) / 4);
      await new Promise((resolve) => setTimeout(resolve, ms));
    },
    { concurrency: 4, pollMs: 1_000 },
  );
  worker.lease.start();
  const passes = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 500) {
      worker.leasePort.beat();
      await jest.advanceTimersByTimeAsync(500);
    }
  };
  const suspected = (lost = lostTwice()) => {
    for (const { id } of lost) suspects.add(id);
    worker.queue.ready.lostTwice = lost;
    worker.queue.lostTwiceSince = performance.now();
  };
  worker.loop.start();
  await passes(500);
  const running = () => worker.slots.figures.running;
  /** `beside` tells with whom each suspect was as it began. */
  return Object.assign(worker, { passes, suspected, beside, running });
}

/** One that has had its slots full for a while. */
async function busy(settings: Parameters<typeof started>[0]) {
  const worker = await started(settings);
  worker.queue.ready.fresh = tasks(10_000);
  worker.hints.ready();
  await worker.passes(2_000);
  return worker;
}

const heldLostTwice = ({ held }: ReturnType<typeof createWorker>) =>
  held.all().filter(({ task }) => task.lostAttempts === 2).length;

describe('Isolation', () => {
  it('has a busy worker empty itself for a task that was lost twice, and go on after it', async () => {
    const worker = await busy({ freshMs: 300 });
    worker.suspected();
    await worker.passes(2_500);
    expect(worker.beside).toEqual([[]]);
    expect(worker.running()).toBe(4);
  });

  it('claims nothing beside it, but for 5 s at most, and never another such', async () => {
    const worker = await started({ suspectMs: 60_000, freshMs: 60_000 });
    worker.suspected(lostTwice(2));
    await worker.passes(1_000);
    worker.queue.ready.fresh = tasks(1);
    worker.queue.ready.lostOnce = tasks(1, 1);
    worker.hints.ready();
    await worker.passes(3_000);
    expect(worker.held.size).toBe(1);
    await worker.passes(3_000);
    expect(worker.held.size).toBe(3);
    expect(heldLostTwice(worker)).toBe(1);
    await worker.passes(40_000);
    expect(heldLostTwice(worker)).toBe(1);
  });

  it('runs one after another, and leaves as much time to the others', async () => {
    const worker = await started({});
    worker.suspected(lostTwice(100));
    worker.queue.ready.fresh = tasks(10_000);
    worker.hints.ready();
    await worker.passes(20_000);
    expect(worker.beside.length).toBeGreaterThan(70);
    expect(worker.beside.every((others) => others.length === 0)).toBe(true);
    // 4 slots of 137 ms on average would have run 580 without.
    expect(10_000 - worker.queue.ready.fresh.length).toBeGreaterThan(250);
  });

  it('leaves it to others while its own tasks are long, pausing a second at a time', async () => {
    const worker = await busy({ freshMs: 3_000 });
    worker.suspected();
    const before = worker.queue.ready.fresh.length;
    await worker.passes(20_000);
    expect(worker.beside).toEqual([]);
    // 20 s of 4 slots are about 20 tasks without a pause.
    expect(before - worker.queue.ready.fresh.length).toBeGreaterThan(13);
  });

  it('takes it among others once it has waited for 30 s', async () => {
    const worker = await busy({ freshMs: 3_000 });
    worker.suspected();
    await worker.passes(29_000);
    expect(worker.beside).toEqual([]);
    await worker.passes(5_000);
    expect(worker.beside).toHaveLength(1);
  });

  it('goes on as soon as it sees that another worker has taken it', async () => {
    const worker = await busy({ freshMs: 700 });
    worker.suspected();
    await worker.passes(2_000);
    expect(worker.running()).toBeLessThan(4);
    worker.queue.ready.lostTwice = [];
    await worker.passes(1_000);
    expect(worker.running()).toBe(4);
    expect(worker.beside).toEqual([]);
  });

  it('makes no room for one that an idle worker will have taken by then', async () => {
    const worker = await busy({ freshMs: 300 });
    worker.suspected();
    await worker.passes(1_000);
    expect(worker.queue.looks).toBeGreaterThan(0);
    expect(worker.running()).toBe(4);
  });

  it('asks for them twice a second, whether busy or not', async () => {
    const worker = await started({});
    worker.queue.claims.length = 0;
    await worker.passes(5_000);
    const claims = worker.queue.claims.filter(({ lane }) => lane === 'lostTwice').length;
    expect(claims).toBeLessThanOrEqual(11);
    expect(worker.queue.looks).toBe(0);
    worker.queue.ready.fresh = tasks(10_000);
    worker.hints.ready();
    await worker.passes(5_000);
    expect(worker.queue.looks).toBeGreaterThan(5);
    expect(worker.queue.looks).toBeLessThanOrEqual(11);
  });
});
