import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { NoTurn } from '../database/no-turn.ts';
import { BatchTurns } from './batch-turns.ts';

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate'] });
});
afterEach(() => {
  jest.useRealTimers();
});

/** Takes a turn, and notes who has begun. */
function crowd() {
  const turns = new BatchTurns();
  const begun: string[] = [];
  const take = async (name: string, items: number) => {
    const end = await turns.take(items);
    begun.push(name);
    return end;
  };
  return { take, begun };
}

describe('BatchTurns', () => {
  it('lets batches in for as long as there is room, and then in the order in which they came', async () => {
    const { take, begun } = crowd();
    const ends = await Promise.all(['a', 'b', 'c', 'd'].map((name) => take(name, 1_000)));
    const waiting = [take('e', 1_000), take('f', 501)];
    await jest.advanceTimersByTimeAsync(100);
    expect(begun).toEqual(['a', 'b', 'c', 'd']);
    ends[2]?.();
    await waiting[0];
    expect(begun).toEqual(['a', 'b', 'c', 'd', 'e']);
    ends[0]?.();
    await waiting[1];
    expect(begun).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  });

  it('has room for two small ones beside those, and keeps them in order too', async () => {
    const { take, begun } = crowd();
    await Promise.all(['a', 'b', 'c', 'd'].map((name) => take(name, 1_000)));
    const large = take('large', 1_000).catch(() => undefined);
    const [end] = await Promise.all([take('small', 500), take('other', 500)]);
    const third = take('third', 500);
    const refusal = expect(take('last', 1)).rejects.toBeInstanceOf(NoTurn);
    await jest.advanceTimersByTimeAsync(100);
    expect(begun).toEqual(['a', 'b', 'c', 'd', 'small', 'other']);
    end?.();
    await third;
    expect(begun).toEqual(['a', 'b', 'c', 'd', 'small', 'other', 'third']);
    await jest.advanceTimersByTimeAsync(600);
    await large;
    await refusal;
  });

  it('keeps no large one waiting for small ones that came later', async () => {
    const { take, begun } = crowd();
    const ends = await Promise.all(Array.from({ length: 10 }, () => take('early', 500)));
    const large = take('large', 1_000);
    const late = Array.from({ length: 10 }, () => take('late', 500).catch(() => undefined));
    for (const end of ends.slice(0, 3)) end();
    await jest.advanceTimersByTimeAsync(100);
    expect(begun.slice(10)).toEqual([]);
    ends[3]?.();
    await large;
    for (const end of ends.slice(4)) end();
    await jest.advanceTimersByTimeAsync(600);
    await Promise.all(late);
    expect(begun.slice(10)).toEqual(['large', ...Array(8).fill('late')]);
  });

  it('refuses what has waited for 600 ms, and lets in whom that one kept waiting', async () => {
    const { take, begun } = crowd();
    const [end] = await Promise.all(['a', 'b', 'c', 'd'].map((name) => take(name, 850)));
    const large = take('large', 1_000);
    const refusal = expect(large).rejects.toBeInstanceOf(NoTurn);
    await jest.advanceTimersByTimeAsync(300);
    const next = take('next', 600);
    await jest.advanceTimersByTimeAsync(299);
    expect(begun).toEqual(['a', 'b', 'c', 'd']);
    await jest.advanceTimersByTimeAsync(1);
    await refusal;
    await next;
    end?.();
    // Who was refused takes up no room.
    await take('after', 850);
    expect(begun).toEqual(['a', 'b', 'c', 'd', 'next', 'after']);
  });
});
