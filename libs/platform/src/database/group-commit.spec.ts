import { describe, expect, it } from '@jest/globals';
import { GroupCommit } from './group-commit.ts';

describe('GroupCommit', () => {
  it('runs a lone call at once and gathers those that arrive meanwhile', async () => {
    const batches: number[][] = [];
    const gate = Promise.withResolvers<void>();
    const group = new GroupCommit<number, number>(async (items) => {
      batches.push([...items]);
      await gate.promise;
      return items.map((item) => item * 10);
    });
    const answers = [1, 2, 3].map((item) => group.submit(item));
    gate.resolve();
    expect(await Promise.all(answers)).toEqual([10, 20, 30]);
    expect(batches).toEqual([[1], [2, 3]]);
  });

  it('never exceeds its limit', async () => {
    const sizes: number[] = [];
    const group = new GroupCommit<number, number>(async (items) => {
      sizes.push(items.length);
      return items;
    }, 2);
    await Promise.all([1, 2, 3, 4, 5, 6].map((item) => group.submit(item)));
    expect(sizes).toEqual([1, 2, 2, 1]);
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

  it('fails all alike when the database is away, without asking it once per item', async () => {
    let calls = 0;
    const group = new GroupCommit<number, number>(async () => {
      calls++;
      throw Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    });
    const answers = await Promise.allSettled([1, 2, 3].map((item) => group.submit(item)));
    expect(answers.every(({ status }) => status === 'rejected')).toBe(true);
    expect(calls).toBe(2);
  });
});
