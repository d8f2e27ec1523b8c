import { describe, expect, it } from '@jest/globals';
import { bindBackoffMs } from './bind-backoff.ts';

describe('bindBackoffMs', () => {
  it.each([
    [0, 250, 500],
    [1, 500, 1_000],
    [5, 7_500, 15_000],
    [2_000_000_000, 7_500, 15_000],
  ])('after %i failed calls lies between %i and %i ms', (attempts, least, most) => {
    expect(bindBackoffMs(attempts, () => 0)).toBe(least);
    expect(bindBackoffMs(attempts, () => 1)).toBe(most);
  });
});
