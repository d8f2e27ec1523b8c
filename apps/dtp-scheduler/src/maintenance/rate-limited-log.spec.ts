import { jest } from '@jest/globals';
import type { Logger } from '@nestjs/common';
import { backoffMs } from './backoff.ts';
import { RateLimitedLog } from './rate-limited-log.ts';

it('RateLimitedLog says one line per period, with the number of those left out', () => {
  jest.useFakeTimers();
  const lines: string[] = [];
  const log = new RateLimitedLog({ warn: (line: string) => lines.push(line) } as unknown as Logger, 1_000);
  for (const line of ['a', 'b', 'c']) log.warn(line);
  jest.advanceTimersByTime(1_000);
  log.warn('d');
  expect(lines).toEqual(['a', 'd (and 2 more like it before)']);
  jest.useRealTimers();
});

it.each([
  [1, 50, 100],
  [2, 100, 200],
  [20, 2_500, 5_000],
])('backoff after failure %d lies between %d and %d ms', (failures, least, most) => {
  expect(backoffMs(failures, () => 0)).toBe(least);
  expect(backoffMs(failures, () => 1)).toBe(most);
});
