import { setTimeout as delay, setImmediate } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { isHurried, patiently, runInRequestContext } from '../context/request-context.ts';
import { GroupCommit } from './group-commit.ts';
import { NoTurn, PATIENCE_MS } from './no-turn.ts';

const asRequest = <T>(work: () => T): T => runInRequestContext({ requestId: 'r-1', traceparent: null }, work);

describe('GroupCommit', () => {
  it('runs the calls of one moment together, and gathers those that arrive meanwhile', async () => {
    const batches: number[][] = [];
    const gate = Promise.withResolvers<void>();
    const group = new GroupCommit<number, number>(async (items) => {
      batches.push([...items]);
      await gate.promise;
      return items.map((item) => item * 10);
    });
    const answers = [1, 2].map((item) => group.submit(item));
    await setImmediate();
    expect(batches).toEqual([[1, 2]]);
    answers.push(...[3, 4].map((item) => group.submit(item)));
    gate.resolve();
    expect(await Promise.all(answers)).toEqual([10, 20, 30, 40]);
    expect(batches).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  it('never exceeds its limit', async () => {
    const sizes: number[] = [];
    const group = new GroupCommit<number, number>(async (items) => {
      sizes.push(items.length);
      return items;
    }, 2);
    await Promise.all([1, 2, 3, 4, 5].map((item) => group.submit(item)));
    expect(sizes).toEqual([2, 2, 1]);
  });

  it('lets one bad item fail alone, and goes on', async () => {
    const group = new GroupCommit<number, number>(async (items) => {
      if (items.includes(3)) throw new Error('no threes');
      return items;
    });
    const answers = await Promise.allSettled([1, 2, 3, 4].map((item) => group.submit(item)));
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    expect(await group.submit(5)).toBe(5);
  });

  it('finds one bad item among many in a few runs', async () => {
    let runs = 0;
    const group = new GroupCommit<number, number>(async (items) => {
      runs++;
      if (items.includes(77)) throw new Error('no 77');
      return items;
    });
    const items = Array.from({ length: 128 }, (_, item) => item);
    const answers = await Promise.allSettled(items.map((item) => group.submit(item)));
    expect(items.filter((item) => answers[item]?.status === 'rejected')).toEqual([77]);
    expect(runs).toBe(1 + 2 * Math.log2(128));
  });

  it('refuses a request that has waited for too long, before it is part of any statement', async () => {
    const batches: number[][] = [];
    const group = new GroupCommit<number, number>(async (items) => {
      batches.push([...items]);
      await delay(PATIENCE_MS * 2);
      return items;
    });
    const first = asRequest(() => group.submit(1));
    await delay(10);
    const sentAt = performance.now();
    await expect(asRequest(() => Promise.all([group.submit(2), group.submit(3)]))).rejects.toThrow(NoTurn);
    expect(performance.now() - sentAt).toBeLessThan(PATIENCE_MS * 1.5);
    await delay(PATIENCE_MS / 2);
    const last = asRequest(() => group.submit(4));
    expect(await Promise.all([first, last])).toEqual([1, 4]);
    expect(batches).toEqual([[1], [4]]);
  });

  it('refuses nobody who may wait, and hurries no statement', async () => {
    const hurries: boolean[] = [];
    const group = new GroupCommit<number, number>(async (items) => {
      hurries.push(isHurried());
      await delay(PATIENCE_MS * 1.2);
      return items;
    });
    const first = asRequest(() => group.submit(1));
    await delay(10);
    const others = [group.submit(2), asRequest(() => patiently(() => group.submit(3)))];
    expect(await Promise.all([first, ...others])).toEqual([1, 2, 3]);
    expect(hurries).toEqual([false, false]);
  });

  it('fails all alike when the database is away, without asking it once per item', async () => {
    let calls = 0;
    const group = new GroupCommit<number, number>(async () => {
      calls++;
      throw Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    });
    const answers = await Promise.allSettled([1, 2, 3].map((item) => group.submit(item)));
    expect(answers.every(({ status }) => status === 'rejected')).toBe(true);
    expect(calls).toBe(1);
  });
});
