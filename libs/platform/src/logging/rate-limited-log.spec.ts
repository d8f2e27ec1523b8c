import { jest } from '@jest/globals';
import type { Logger } from '@nestjs/common';
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
