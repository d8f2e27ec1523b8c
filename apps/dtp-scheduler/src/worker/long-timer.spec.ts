import { jest } from '@jest/globals';
import { LongTimer } from './long-timer.ts';

const YEAR_MS = 365 * 86_400_000;

describe('LongTimer', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it.each([1, 10, 2 ** 31 - 1, 2 ** 31, YEAR_MS])('elapses after %d ms, and not before', (delayMs) => {
    const elapsed = jest.fn();
    new LongTimer(delayMs, elapsed);
    jest.advanceTimersByTime(delayMs - 1);
    expect(elapsed).toHaveBeenCalledTimes(0);
    jest.advanceTimersByTime(1);
    expect(elapsed).toHaveBeenCalledTimes(1);
  });

  it('can be cleared, after it was armed again too', () => {
    const elapsed = jest.fn();
    const timer = new LongTimer(YEAR_MS, elapsed);
    jest.advanceTimersByTime(YEAR_MS / 2);
    timer.clear();
    jest.advanceTimersByTime(YEAR_MS);
    expect(elapsed).not.toHaveBeenCalled();
  });
});
