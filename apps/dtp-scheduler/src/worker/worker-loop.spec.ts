import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { TaskContext } from '../handlers/task-handler.ts';
import { claimed, createWorker } from './testing/worker.ts';

type Worker = ReturnType<typeof createWorker>;

const endless = () => new Promise(() => undefined);
const settle = () => jest.advanceTimersByTimeAsync(10);
const tasks = (count: number, lostAttempts = 0) => Array.from({ length: count }, () => claimed({ lostAttempts }));
const lanes = ({ queue }: Worker) => queue.claims.map(({ lane, limit }) => `${lane} ${limit}`);

beforeAll(() => Logger.overrideLogger(false));
beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

/** Starts a worker and lets its first round pass. */
async function started(
  run: (task: TaskContext) => Promise<unknown>,
  settings: Parameters<typeof createWorker>[1] = {},
) {
  const worker = createWorker(run, settings);
  worker.lease.start();
  await settle();
  worker.loop.start();
  await settle();
  return worker;
}

describe('WorkerLoop', () => {
  it('runs what is ready, until the queue is empty', async () => {
    const worker = await started(async () => 1);
    worker.queue.ready.fresh = tasks(10);
    worker.hints.ready();
    await settle();
    expect(worker.queue.ends).toHaveLength(10);
    expect(worker.held.size).toBe(0);
  });

  it('is an interval in the registry, which needs no hint', async () => {
    const worker = await started(async () => 1, { pollMs: 1_000 });
    expect(worker.scheduler.doesExist('interval', 'worker-loop')).toBe(true);
    worker.queue.ready.fresh = tasks(1);
    await jest.advanceTimersByTimeAsync(1_000);
    expect(worker.queue.ends).toHaveLength(1);
  });

  it('claims no more than it can run, and asks again when a slot is freed', async () => {
    const settlers: (() => void)[] = [];
    const worker = await started(() => new Promise<void>((resolve) => settlers.push(resolve)), { concurrency: 2 });
    worker.queue.ready.fresh = tasks(3);
    worker.hints.ready();
    await settle();
    expect(settlers).toHaveLength(2);
    expect(worker.queue.ready.fresh).toHaveLength(1);
    worker.queue.claims.length = 0;
    await jest.advanceTimersByTimeAsync(400);
    settlers[0]?.();
    await settle();
    expect(settlers).toHaveLength(3);
    expect(lanes(worker)).toEqual(['fresh 1']);
  });

  it('does not ask after each task while the queue is known to be empty', async () => {
    const worker = await started(async () => 1);
    worker.queue.claims.length = 0;
    worker.queue.ready.fresh = tasks(1);
    worker.hints.ready();
    await settle();
    expect(lanes(worker)).toEqual(['fresh 4']);
  });

  it('turns any number of hints during a claim into one more', async () => {
    const worker = await started(async () => 1);
    worker.queue.claims.length = 0;
    const { promise, resolve } = Promise.withResolvers<void>();
    worker.queue.beforeClaim = () => promise;
    for (let hint = 0; hint < 5; hint++) worker.hints.ready();
    await settle();
    expect(worker.queue.claims).toHaveLength(1);
    resolve();
    await settle();
    expect(worker.queue.claims).toHaveLength(2);
  });

  it('holds more than it has slots for only while tasks are short', async () => {
    const worker = await started(() => new Promise((resolve) => setTimeout(resolve, 10)), { concurrency: 10 });
    worker.queue.ready.fresh = tasks(5_000);
    worker.hints.ready();
    await jest.advanceTimersByTimeAsync(500);
    const { running, waiting } = worker.slots.figures;
    expect(running).toBe(10);
    // 10 slots of 10 ms are 100 tasks in 100 ms.
    expect(waiting).toBeGreaterThan(20);
    expect(waiting).toBeLessThanOrEqual(110);
  });

  it('hands back what it has claimed on a wrong guess', async () => {
    const run = jest.fn(async () => (run.mock.calls.length > 400 ? endless() : 1));
    const worker = await started(run, { concurrency: 10, pollMs: 1_000 });
    worker.queue.beforeClaim = () => new Promise((resolve) => setTimeout(resolve, 2));
    worker.queue.ready.fresh = tasks(1_000);
    worker.hints.ready();
    await jest.advanceTimersByTimeAsync(30);
    expect(worker.slots.figures.waiting).toBeGreaterThan(0);
    await jest.advanceTimersByTimeAsync(2_500);
    expect(worker.slots.figures).toMatchObject({ running: 10, waiting: 0 });
    expect(worker.queue.ends.some(({ verb }) => verb === 'release')).toBe(true);
  });

  it('holds few suspects at once', async () => {
    const settlers: (() => void)[] = [];
    const run = () => new Promise<void>((resolve) => settlers.push(resolve));
    const worker = await started(run, { concurrency: 100, pollMs: 1_000 });
    worker.queue.ready.lostOnce = tasks(120, 1);
    await jest.advanceTimersByTimeAsync(5_000);
    expect(worker.slots.figures.running).toBe(50);
    expect(worker.queue.ready.lostOnce).toHaveLength(70);
    // The next ones come as soon as the ends of these are recorded, without waiting for the interval.
    for (const end of settlers.splice(0)) end();
    await settle();
    expect(worker.slots.figures.running).toBe(50);
    expect(worker.queue.ready.lostOnce).toHaveLength(20);
  });

  it('claims what is fresh before it looks for suspects when it holds nothing, and after them otherwise', async () => {
    const settlers: (() => void)[] = [];
    const worker = await started(() => new Promise<void>((resolve) => settlers.push(resolve)), { pollMs: 60_000 });
    const claimedAfterHint = async () => {
      await jest.advanceTimersByTimeAsync(600);
      worker.queue.claims.length = 0;
      worker.queue.ready.fresh = tasks(1);
      worker.queue.ready.lostOnce = tasks(1, 1);
      worker.hints.ready();
      await settle();
      return worker.queue.claims.map(({ lane }) => lane).slice(0, 2);
    };
    expect(await claimedAfterHint()).toEqual(['fresh', 'lostOnce']);
    expect(settlers).toHaveLength(2);
    expect(await claimedAfterHint()).toEqual(['lostOnce', 'fresh']);
    expect(settlers).toHaveLength(4);
  });

  it('does not let a steady load of fresh tasks starve the suspects', async () => {
    const ran: string[] = [];
    const sleepMs = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
    const run = ({ taskId }: TaskContext) => {
      ran.push(taskId);
      return sleepMs(10);
    };
    const worker = await started(run, { concurrency: 20, pollMs: 1_000 });
    worker.queue.ready.fresh = tasks(10_000);
    worker.hints.ready();
    await jest.advanceTimersByTimeAsync(500);
    const suspects = [...tasks(10, 1), ...tasks(2, 2)];
    worker.queue.ready.lostOnce = suspects.slice(0, 10);
    worker.queue.ready.lostTwice = suspects.slice(10);
    worker.queue.lostTwiceSince = performance.now();
    await jest.advanceTimersByTimeAsync(2_000);
    expect(worker.queue.ready.fresh.length).toBeGreaterThan(1_000);
    expect(ran).toEqual(expect.arrayContaining(suspects.map(({ id }) => id)));
  });

  it('takes suspects that did not fit as soon as any slot is freed', async () => {
    const settlers: (() => void)[] = [];
    const run = () => new Promise<void>((resolve) => settlers.push(resolve));
    const worker = await started(run, { concurrency: 2 });
    worker.queue.ready.fresh = tasks(1);
    worker.hints.ready();
    await jest.advanceTimersByTimeAsync(1_000);
    worker.queue.ready.lostOnce = tasks(2, 1);
    worker.hints.ready();
    await settle();
    expect(settlers).toHaveLength(2);
    settlers[0]?.();
    await settle();
    expect(settlers).toHaveLength(3);
  });

  it('claims nothing without a live lease', async () => {
    const worker = createWorker(async () => 1);
    worker.loop.start();
    worker.hints.ready();
    await settle();
    expect(worker.queue.claims).toEqual([]);
  });

  it('pauses after an error, then goes on by itself', async () => {
    const worker = await started(async () => 1);
    worker.queue.claims.length = 0;
    worker.queue.ready.fresh = tasks(1);
    worker.queue.beforeClaim = async () => {
      worker.queue.beforeClaim = async () => undefined;
      throw new Error('away');
    };
    worker.hints.ready();
    await jest.advanceTimersByTimeAsync(40);
    worker.hints.ready();
    expect(worker.queue.claims).toHaveLength(1);
    await jest.advanceTimersByTimeAsync(100);
    expect(worker.queue.ends).toHaveLength(1);
  });

  it('audits at each heartbeat period what it holds, never during a claim', async () => {
    const worker = await started(endless, { pollMs: 1_000, leaseMs: 3_000 });
    worker.queue.ready.fresh = [claimed({ id: 'held', attempt: 4 })];
    worker.hints.ready();
    for (let beat = 0; beat < 4; beat++) {
      worker.leasePort.beat();
      await jest.advanceTimersByTimeAsync(1_000);
    }
    expect(worker.queue.audits.length).toBeGreaterThanOrEqual(3);
    expect(worker.queue.audits.at(-1)).toEqual({
      workerId: worker.lease.workerId,
      held: [{ id: 'held', attempt: 4 }],
    });
  });

  it('audits although every claim fails: it finds what those took', async () => {
    const worker = await started(async () => 1, { pollMs: 1_000, leaseMs: 3_000 });
    worker.queue.audits.length = 0;
    worker.queue.beforeClaim = () => Promise.reject(new Error('its answer was lost'));
    for (let beat = 0; beat < 20; beat++) {
      worker.leasePort.beat();
      await jest.advanceTimersByTimeAsync(1_000);
    }
    expect(worker.queue.audits.length).toBeGreaterThanOrEqual(3);
  });

  it('has two claims under way at full speed, and none beside an audit or a claim of suspects', async () => {
    const worker = await started(async () => 1, { leaseMs: 1_500 });
    const underWay: string[] = [];
    const meetings = new Map<string, number>();
    const meet = (what: string) => {
      const meeting = [...underWay, what].sort().join(' ');
      meetings.set(meeting, (meetings.get(meeting) ?? 0) + 1);
    };
    worker.queue.beforeClaim = async (request) => {
      meet(request.lane);
      underWay.push(request.lane);
      await new Promise((resolve) => setTimeout(resolve, 20));
      underWay.splice(underWay.indexOf(request.lane), 1);
    };
    const look = worker.queue.longestLostTwiceMs.bind(worker.queue);
    jest.spyOn(worker.queue, 'longestLostTwiceMs').mockImplementation(async () => {
      meet('look');
      return look();
    });
    const audit = worker.queue.audit.bind(worker.queue);
    jest.spyOn(worker.queue, 'audit').mockImplementation(async (request) => {
      meet('audit');
      underWay.push('audit');
      await new Promise((resolve) => setTimeout(resolve, 20));
      underWay.splice(underWay.indexOf('audit'), 1);
      return audit(request);
    });
    worker.queue.ready.fresh = tasks(100_000);
    worker.hints.ready();
    for (let beat = 0; beat < 3; beat++) {
      worker.leasePort.beat();
      await jest.advanceTimersByTimeAsync(500);
    }
    expect([...meetings.keys()].filter((meeting) => meeting.includes(' '))).toEqual(['fresh fresh']);
    expect([...meetings.keys()]).toEqual(expect.arrayContaining(['audit', 'fresh', 'lostOnce']));
    expect(meetings.get('fresh fresh')).toBeGreaterThan(40);
    expect(meetings.get('audit')).toBeGreaterThanOrEqual(2);
  });

  it('stops every handler at once when the lease is lost, records nothing, and goes on as another worker', async () => {
    const reasons: unknown[] = [];
    const worker = await started(
      ({ signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            reasons.push(signal.reason.cause);
            reject(signal.reason);
          });
        }),
    );
    worker.queue.ready.fresh = tasks(3);
    worker.hints.ready();
    await settle();
    const before = worker.lease.workerId ?? '';
    worker.leasePort.lapse(before);
    expect(reasons).toEqual(['lease', 'lease', 'lease']);
    await settle();
    expect(worker.queue.ends).toEqual([]);
    expect(worker.held.size).toBe(0);
    expect(worker.queue.retired).toEqual([before]);
    worker.queue.ready.fresh = tasks(1);
    worker.hints.ready();
    await settle();
    expect(worker.queue.claims.at(-1)?.workerId).toBe(worker.lease.workerId);
    expect(worker.held.size).toBe(1);
  });

  it('runs nothing of a claim that is answered after the lease was lost', async () => {
    const run = jest.fn(async () => 1);
    const worker = await started(run);
    const { promise, resolve } = Promise.withResolvers<void>();
    worker.queue.ready.fresh = tasks(1);
    worker.queue.beforeClaim = () => promise;
    worker.hints.ready();
    await settle();
    const before = worker.lease.workerId ?? '';
    worker.leasePort.lapse(before);
    await settle();
    expect(worker.queue.retired).toEqual([]);
    resolve();
    await settle();
    expect(run).not.toHaveBeenCalled();
    expect(worker.queue.retired).toEqual([before]);
  });

  it('counts a handler that ignores its signal', async () => {
    const worker = await started(endless, { pollMs: 1_000 });
    worker.queue.ready.fresh = [claimed({ timeoutMs: 100 })];
    worker.hints.ready();
    await jest.advanceTimersByTimeAsync(1_200);
    expect(worker.slots.figures).toEqual({ running: 1, waiting: 0, ignoring: 1 });
    expect(worker.queue.ends).toMatchObject([{ outcome: 'TIMED_OUT' }]);
  });

  it('claims no more while the ends of too many tasks wait to be written, and goes on as soon as they are', async () => {
    const worker = await started(async () => 1, { concurrency: 500 });
    const { promise, resolve } = Promise.withResolvers<void>();
    worker.queue.beforeEnd = () => promise;
    worker.queue.ready.fresh = tasks(5_000);
    worker.hints.ready();
    await settle();
    expect(worker.recorder.backlog).toBeLessThan(2_000);
    expect(worker.queue.ready.fresh.length).toBeGreaterThan(2_000);
    resolve();
    await settle();
    expect(worker.queue.ends).toHaveLength(5_000);
  });

  describe('while it waits for tasks that are enqueued in its process', () => {
    it('takes them without asking the queue', async () => {
      const worker = await started(async () => 1);
      worker.queue.claims.length = 0;
      const reservation = worker.queue.worker?.reserve(3);
      expect(reservation).toMatchObject({ workerId: worker.lease.workerId, types: ['work'] });
      reservation?.take(tasks(3));
      await settle();
      expect(worker.queue.ends).toHaveLength(3);
      expect(worker.queue.claims).toEqual([]);
    });

    it('keeps the room that it has promised', async () => {
      const worker = await started(endless, { concurrency: 4 });
      const first = worker.queue.worker?.reserve(3);
      expect(worker.queue.worker?.reserve(2)).toBeNull();
      first?.take(tasks(2));
      expect(worker.queue.worker?.reserve(2)).not.toBeNull();
    });

    const waits = ({ queue }: Worker) => {
      const reservation = queue.worker?.reserve(1);
      reservation?.take([]);
      return Boolean(reservation);
    };

    it('does not while others are queued, without a lease, or beside a task that runs alone', async () => {
      const worker = await started(endless, { concurrency: 4 });
      const { promise, resolve } = Promise.withResolvers<void>();
      worker.queue.beforeClaim = () => promise;
      worker.hints.ready();
      await settle();
      // Whether any are queued is being asked.
      expect(waits(worker)).toBe(false);
      resolve();
      await settle();
      expect(waits(worker)).toBe(true);
      worker.queue.ready.lostTwice = tasks(1, 2);
      await jest.advanceTimersByTimeAsync(1_000);
      worker.hints.ready();
      await settle();
      expect(worker.slots.figures.running).toBe(1);
      expect(waits(worker)).toBe(false);
      worker.leasePort.lapse(worker.lease.workerId ?? '');
      expect(waits(worker)).toBe(false);
    });

    it('does not while nobody can say what is queued', async () => {
      const worker = await started(async () => 1, { pollMs: 100 });
      worker.queue.ready.fresh = tasks(1);
      worker.queue.beforeClaim = () => Promise.reject(new Error('away'));
      worker.hints.ready();
      for (let look = 0; look < 100; look++) {
        await settle();
        expect(waits(worker)).toBe(false);
      }
      worker.queue.beforeClaim = async () => undefined;
      await jest.advanceTimersByTimeAsync(20_000);
      expect(worker.queue.ends).toHaveLength(1);
      worker.leasePort.beat();
      expect(waits(worker)).toBe(true);
    });

    it('promises free slots alone', async () => {
      const worker = await started(() => new Promise((resolve) => setTimeout(resolve, 5)), { concurrency: 10 });
      worker.queue.ready.fresh = tasks(500);
      worker.hints.ready();
      await jest.advanceTimersByTimeAsync(1_000);
      expect(worker.queue.ends).toHaveLength(500);
      expect(worker.queue.worker?.reserve(11)).toBeNull();
      expect(worker.queue.worker?.reserve(10)).not.toBeNull();
    });

    it('claims beside it what a hint tells of', async () => {
      const worker = await started(endless, { pollMs: 60_000, concurrency: 200 });
      const reservation = worker.queue.worker?.reserve(1);
      worker.queue.ready.fresh = tasks(3);
      worker.hints.ready();
      await settle();
      expect(worker.slots.figures.running).toBe(3);
      reservation?.take(tasks(1));
      expect(worker.slots.figures.running).toBe(4);
    });

    it('claims what a hint told of once the slots are free that it had promised', async () => {
      const worker = await started(endless, { pollMs: 60_000, concurrency: 2 });
      const reservation = worker.queue.worker?.reserve(2);
      worker.queue.ready.fresh = tasks(2);
      worker.hints.ready();
      await settle();
      expect(worker.slots.figures.running).toBe(0);
      reservation?.take([]);
      await settle();
      expect(worker.slots.figures.running).toBe(2);
    });

    it('goes on with all else while an enqueue hangs', async () => {
      const worker = await started(async () => 1, { pollMs: 1_000, leaseMs: 3_000 });
      const audits = worker.queue.audits.length;
      worker.queue.worker?.reserve(1);
      worker.queue.ready.fresh = tasks(5);
      worker.queue.ready.lostOnce = tasks(5, 1);
      for (let second = 0; second < 5; second++) {
        worker.leasePort.beat();
        await jest.advanceTimersByTimeAsync(1_000);
      }
      expect(worker.queue.ends).toHaveLength(10);
      expect(worker.queue.audits.length).toBeGreaterThan(audits + 2);
    });

    it('lets a task that runs alone go first once it knows what it has got', async () => {
      const worker = await started(endless, { pollMs: 1_000 });
      const reservation = worker.queue.worker?.reserve(1);
      worker.queue.ready.lostTwice = tasks(1, 2);
      await jest.advanceTimersByTimeAsync(2_000);
      expect(worker.slots.figures.running).toBe(0);
      // Or it would never end.
      expect(worker.queue.worker?.reserve(1)).toBeNull();
      reservation?.take([]);
      await settle();
      expect(worker.slots.figures.running).toBe(1);
      expect(worker.queue.ready.lostTwice).toEqual([]);
    });

    it('takes nothing during an audit, which leaves alone what is being enqueued', async () => {
      const worker = await started(endless, { leaseMs: 3_000 });
      await jest.advanceTimersByTimeAsync(1_000);
      worker.leasePort.beat();
      const audits = worker.queue.audits.length;
      const { promise, resolve } = Promise.withResolvers<void>();
      const audit = worker.queue.audit.bind(worker.queue);
      jest.spyOn(worker.queue, 'audit').mockImplementation((request) => promise.then(() => audit(request)));
      const reservation = worker.queue.worker?.reserve(1);
      worker.hints.ready();
      await settle();
      expect(worker.queue.worker?.reserve(1)).toBeNull();
      reservation?.take([claimed({ id: 'mine' })]);
      resolve();
      await settle();
      expect(worker.queue.audits.slice(audits)).toHaveLength(1);
      expect(worker.held.size).toBe(1);
      expect(worker.queue.worker?.reserve(1)).not.toBeNull();
    });

    it('audits soon, and once, where it cannot know what it has got', async () => {
      const worker = await started(async () => 1, { pollMs: 1_000 });
      const audits = worker.queue.audits.length;
      for (let failure = 0; failure < 3; failure++) worker.queue.worker?.reserve(1)?.fail();
      await jest.advanceTimersByTimeAsync(3_000);
      expect(worker.queue.audits).toHaveLength(audits + 1);
    });

    it('runs nothing that was stored after the lease was lost, and is retired only then', async () => {
      const run = jest.fn(async () => 1);
      const worker = await started(run);
      const reservation = worker.queue.worker?.reserve(1);
      const before = worker.lease.workerId ?? '';
      worker.leasePort.lapse(before);
      await settle();
      expect(worker.queue.retired).toEqual([]);
      reservation?.take(tasks(1));
      await settle();
      expect(run).not.toHaveBeenCalled();
      expect(worker.queue.retired).toEqual([before]);
    });

    it('hands back what is stored while it stops, and has not stopped before', async () => {
      const run = jest.fn(async () => 1);
      const worker = await started(run);
      const reservation = worker.queue.worker?.reserve(1);
      let hasStopped = false;
      worker.slots.close();
      const stopped = worker.loop.stop().then(() => {
        hasStopped = true;
      });
      await settle();
      expect([hasStopped, worker.queue.worker?.reserve(1)]).toEqual([false, null]);
      reservation?.take(tasks(1));
      await stopped;
      await settle();
      expect(run).not.toHaveBeenCalled();
      expect(worker.queue.ends).toMatchObject([{ verb: 'release' }]);
    });
  });
});
