import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Gathering } from './gathering.ts';

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
});
afterEach(() => {
  jest.useRealTimers();
});

function join(gathering: Gathering, count: number): void {
  for (let come = 0; come < count; come++) gathering.join();
}

/** A gathering that so many have just left together. */
function leftBy(count: number): Gathering {
  const gathering = new Gathering();
  join(gathering, count);
  gathering.leave(count);
  return gathering;
}

/** Whether the group may leave by now. */
function watch(gathering: Gathering): () => Promise<boolean> {
  let over = false;
  void gathering.gathered().then(() => (over = true));
  return async () => {
    await setImmediate();
    await setImmediate();
    return over;
  };
}

describe('Gathering', () => {
  it('lets a lone one go at once, whoever went alone before', async () => {
    for (const gathering of [new Gathering(), leftBy(1)]) {
      join(gathering, 1);
      expect(await watch(gathering)()).toBe(true);
    }
  });

  it('waits for as many as left together the last time', async () => {
    const gathering = leftBy(3);
    join(gathering, 2);
    const isOver = watch(gathering);
    expect(await isOver()).toBe(false);
    join(gathering, 1);
    expect(await isOver()).toBe(true);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('does not wait where more have come meanwhile', async () => {
    const gathering = leftBy(3);
    join(gathering, 5);
    expect(await watch(gathering)()).toBe(true);
  });

  it('counts those who could not go along', async () => {
    const gathering = new Gathering();
    join(gathering, 5);
    gathering.leave(3);
    join(gathering, 1);
    expect(await watch(gathering)()).toBe(true);
  });

  it('waits 2 ms at most, and then for as few as there were', async () => {
    const gathering = leftBy(3);
    join(gathering, 1);
    const isOver = watch(gathering);
    expect(await isOver()).toBe(false);
    jest.advanceTimersByTime(2);
    expect(await isOver()).toBe(true);
    gathering.leave(1);
    join(gathering, 1);
    expect(await watch(gathering)()).toBe(true);
  });
});
