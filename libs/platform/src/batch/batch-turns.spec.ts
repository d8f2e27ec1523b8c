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
    const waiting = [take('e', 1_000), take('small', 1)];
    await jest.advanceTimersByTimeAsync(100);
    expect(begun).toEqual(['a', 'b', 'c', 'd']);
    ends[2]?.();
    await waiting[0];
    expect(begun).toEqual(['a', 'b', 'c', 'd', 'e']);
    ends[0]?.();
    await waiting[1];
    expect(begun).toEqual(['a', 'b', 'c', 'd', 'e', 'small']);
  });

  it('refuses what has waited for 600 ms, and lets in whom that one kept waiting', async () => {
    const { take, begun } = crowd();
    const [end] = await Promise.all(['a', 'b', 'c', 'd'].map((name) => take(name, 900)));
    const large = take('large', 1_000);
    const refusal = expect(large).rejects.toBeInstanceOf(NoTurn);
    await jest.advanceTimersByTimeAsync(300);
    const small = take('small', 400);
    await jest.advanceTimersByTimeAsync(299);
    expect(begun).toEqual(['a', 'b', 'c', 'd']);
    await jest.advanceTimersByTimeAsync(1);
    await refusal;
    await small;
    end?.();
    // Who was refused takes up no room.
    await take('after', 900);
    expect(begun).toEqual(['a', 'b', 'c', 'd', 'small', 'after']);
  });
});
