import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Gathering } from './gathering.ts';

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
});
afterEach(() => {
  jest.useRealTimers();
});

/** Of whom so many have just left together. */
class Group {
  present = 0;
  readonly gathering = new Gathering(() => this.present);

  constructor(left = 1) {
    this.gathering.left(left);
  }

  come(count: number): void {
    for (let come = 0; come < count; come++) {
      this.present++;
      this.gathering.arrived();
    }
  }
}

/** Whether the group may leave by now. */
function watch({ gathering }: Group): () => Promise<boolean> {
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
    const group = new Group();
    group.come(1);
    expect(await watch(group)()).toBe(true);
  });

  it('waits for as many as left together the last time', async () => {
    const group = new Group(3);
    group.come(2);
    const isOver = watch(group);
    expect(await isOver()).toBe(false);
    group.come(1);
    expect(await isOver()).toBe(true);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('does not wait where more have come meanwhile', async () => {
    const group = new Group(3);
    group.come(5);
    expect(await watch(group)()).toBe(true);
  });

  it('waits 2 ms at most, and then for as few as there were', async () => {
    const group = new Group(3);
    group.come(1);
    const isOver = watch(group);
    expect(await isOver()).toBe(false);
    jest.advanceTimersByTime(2);
    expect(await isOver()).toBe(true);
    group.gathering.left(1);
    expect(await watch(group)()).toBe(true);
  });
});
