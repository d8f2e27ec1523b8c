import { CompletionRate } from './completion-rate.ts';

describe('CompletionRate', () => {
  let now: number;
  let rate: CompletionRate;
  const complete = (tasks: number, inMs: number) => {
    for (let index = 0; index < tasks; index++) rate.completed();
    now += inMs;
    return rate.within(100);
  };

  beforeEach(() => {
    now = 1_000;
    rate = new CompletionRate(() => now);
  });

  it('is nothing at rest', () => {
    expect(complete(0, 1_000)).toBe(0);
  });

  it('believes a burst at once, as far as ten times what it was', () => {
    expect(complete(200, 50)).toBe(400);
    rate = new CompletionRate(() => now);
    expect(complete(20, 1)).toBe(200);
  });

  it('is nothing for slow tasks', () => {
    expect(complete(1, 1_000)).toBe(0);
  });

  it('follows a change within a few hundred milliseconds', () => {
    complete(200, 4);
    for (let turn = 0; turn < 10; turn++) complete(10, 100);
    expect(complete(10, 100)).toBe(10);
  });

  it('does not take a moment without a completion for a stop', () => {
    complete(200, 40);
    expect(complete(0, 2)).toBeGreaterThan(450);
  });
});
