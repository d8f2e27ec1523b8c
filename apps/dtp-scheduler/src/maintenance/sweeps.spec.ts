import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { DtpConfig } from '@taskpilot/platform';
import type { Moved, QueueHints, TaskQueue } from '../queue/task-queue.ts';
import { CancelSweep } from './cancel-sweep.ts';
import { DeadlineSweep } from './deadline-sweep.ts';
import { DueMover } from './due-mover.ts';
import { OrphanSweep } from './orphan-sweep.ts';
import { StraySweep } from './stray-sweep.ts';
import { TaskPruner } from './task-pruner.ts';
import { TaskRescuer } from './task-rescuer.ts';
import { UnhandledTypesReport } from './unhandled-types-report.ts';
import { VacuumSweep } from './vacuum-sweep.ts';

const config = { pollMs: 1_000, leaseMs: 30_000, retentionDays: 30 } as DtpConfig;
const running = new AbortController().signal;
const queueWith = (methods: Partial<TaskQueue>) => methods as TaskQueue;
const answering = <T>(...answers: T[]) => {
  const left = [...answers];
  return jest.fn(async () => left.shift() as T);
};

describe('DueMover', () => {
  const mover = (...answers: Moved[]) => {
    const moveDue = answering(...answers);
    return { moveDue, mover: new DueMover(queueWith({ moveDue }), {} as QueueHints, config) };
  };

  it.each<[what: string, moved: Moved, soonMs: number]>([
    ['the time of the next task', { moved: 0, nextInMs: 12.3 }, 13],
    ['its interval when there is none', { moved: 3, nextInMs: null }, 1_000],
    ['a moment where the next one has fallen due meanwhile', { moved: 0, nextInMs: 0 }, 1],
  ])('asks to run again after %s', async (_what, moved, soonMs) => {
    expect(await mover(moved).mover.run(running)).toBe(soonMs);
  });

  it('goes on while batches are full', async () => {
    const { mover: busy, moveDue } = mover({ moved: 1_000, nextInMs: -1 }, { moved: 4, nextInMs: 500 });
    expect(await busy.run(running)).toBe(500);
    expect(moveDue).toHaveBeenCalledTimes(2);
  });

  it('is woken by what is scheduled in this process', () => {
    const onScheduled = jest.fn(() => () => undefined);
    const wake = () => undefined;
    new DueMover(queueWith({}), { onScheduled } as unknown as QueueHints, config).wakeOn(wake);
    expect(onScheduled).toHaveBeenCalledWith(wake);
  });
});

it('TaskRescuer goes on until no worker is dead, even past one that held nothing', async () => {
  const rescue = answering(3, 0, null);
  await new TaskRescuer(queueWith({ rescue }), config).run(running);
  expect(rescue).toHaveBeenCalledTimes(3);
});

it('DeadlineSweep goes on while batches are full', async () => {
  const expireDeadlines = answering(500, 500, 2);
  await new DeadlineSweep(queueWith({ expireDeadlines })).run(running);
  expect(expireDeadlines).toHaveBeenCalledTimes(3);
});

it('CancelSweep goes on while batches are full', async () => {
  const settleOverdueCancels = answering(500, 0);
  await new CancelSweep(queueWith({ settleOverdueCancels })).run(running);
  expect(settleOverdueCancels).toHaveBeenCalledTimes(2);
});

it('OrphanSweep takes one step a minute', async () => {
  const dropOrphans = answering(undefined);
  const sweep = new OrphanSweep(queueWith({ dropOrphans }));
  await sweep.run();
  expect(dropOrphans).toHaveBeenCalledTimes(1);
  expect(sweep.everyMs).toBe(60_000);
});

describe('StraySweep', () => {
  const warned = async (rescued: number) => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    await new StraySweep(queueWith({ rescueStray: async () => rescued }), config).run();
    const messages = warn.mock.calls.map(([message]) => message);
    warn.mockRestore();
    return messages;
  };

  it('says how many there were', async () => {
    expect(await warned(3)).toEqual([expect.stringContaining('rescued: 3')]);
  });

  it('says nothing when all is well', async () => {
    expect(await warned(0)).toEqual([]);
  });

  it('waits a whole lease after an outage, as a rescue does', () => {
    expect(new StraySweep(queueWith({}), config)).toMatchObject({ everyMs: 60_000, restAfterOutageMs: 30_000 });
  });
});

describe('TaskPruner', () => {
  const step = (removed: number) => ({ removed, isLast: false });
  const lastStep = (removed: number) => ({ removed, isLast: true });

  it('goes on in small steps, with pauses, until nothing is left', async () => {
    const prune = answering(step(500), step(7), step(0), lastStep(3));
    const forget = answering(lastStep(0));
    const startedAt = performance.now();
    await new TaskPruner(queueWith({ prune, forget }), config).run(running);
    expect(prune.mock.calls).toEqual(Array(4).fill([30, 500]));
    expect(performance.now() - startedAt).toBeGreaterThan(350);
  });

  it('then forgets those that were removed long ago', async () => {
    const forget = answering(step(1), lastStep(1));
    await new TaskPruner(queueWith({ prune: answering(lastStep(0)), forget }), config).run(running);
    expect(forget.mock.calls).toEqual(Array(2).fill([30, 500]));
  });

  it('ends its pause when the application does', async () => {
    const stopping = new AbortController();
    const pruning = new TaskPruner(queueWith({ prune: async () => step(500) }), config).run(stopping.signal);
    stopping.abort();
    await expect(pruning).rejects.toThrow('aborted');
  });
});

it('VacuumSweep is told when the application ends', async () => {
  const run = jest.fn(async () => []);
  await new VacuumSweep({ run }).run(running);
  expect(run).toHaveBeenCalledWith(running);
});

describe('UnhandledTypesReport', () => {
  const warned = async (...types: string[]) => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    await new UnhandledTypesReport(queueWith({ unhandledTypes: async () => types })).run();
    const messages = warn.mock.calls.map(([message]) => message);
    warn.mockRestore();
    return messages;
  };

  it('names the types', async () => {
    expect(await warned('a', 'b')).toEqual([expect.stringContaining('no live worker has: a, b.')]);
  });

  it('says nothing when all is well', async () => {
    expect(await warned()).toEqual([]);
  });
});
