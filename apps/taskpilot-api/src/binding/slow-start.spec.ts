import { describe, expect, it } from '@jest/globals';
import { SlowStart } from './slow-start.ts';

describe('SlowStart', () => {
  it('grows fourfold up to 500 while all goes well', () => {
    const slowStart = new SlowStart();
    const sizes = Array.from({ length: 7 }, () => {
      const { size } = slowStart;
      slowStart.learn({ settled: size, away: 0 });
      return size;
    });
    expect(sizes).toEqual([1, 4, 16, 64, 256, 500, 500]);
  });

  it('falls back to one and pauses when DTP is away', () => {
    const slowStart = new SlowStart();
    slowStart.learn({ settled: 1, away: 0 });
    expect(slowStart.learn({ settled: 2, away: 2 })).toBe(true);
    expect(slowStart.size).toBe(1);
  });

  it.each([
    ['some answers are lost', { settled: 3, away: 1 }],
    ['single tasks cannot be settled', { settled: 0, away: 0 }],
  ])('keeps its size when %s', (_, tally) => {
    const slowStart = new SlowStart();
    slowStart.learn({ settled: 1, away: 0 });
    expect(slowStart.learn(tally)).toBe(false);
    expect(slowStart.size).toBe(4);
  });
});
