import { jest } from '@jest/globals';
import { CoalescedCall } from './coalesced-call.ts';

describe('a coalesced call', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  test('goes at once, and what is asked for meanwhile goes as one', () => {
    const act = jest.fn(async () => undefined);
    const call = new CoalescedCall(20, act);
    for (let asked = 0; asked < 5; asked++) call.call();
    expect(act).toHaveBeenCalledTimes(1);
    jest.advanceTimersByTime(20);
    expect(act).toHaveBeenCalledTimes(2);
    jest.advanceTimersByTime(100);
    expect(act).toHaveBeenCalledTimes(2);
  });

  test('a failure is nobody’s business: polling finds what the hint would have told', () => {
    const call = new CoalescedCall(20, () => Promise.reject(new Error('away')));
    expect(() => call.call()).not.toThrow();
    call.stop();
  });
});
