import { LIMITS } from '@taskpilot/contracts';
import { parseRetryAfter } from './retry-after.ts';

const now = Date.UTC(1994, 10, 6, 8, 49, 0);

it.each([
  [undefined, undefined],
  ['0', 0],
  ['120', 120_000],
  ['9'.repeat(400), LIMITS.maxDelayMs],
  ['Sun, 06 Nov 1994 08:49:37 GMT', 37_000],
  ['Sunday, 06-Nov-94 08:49:37 GMT', 37_000],
  ['Sun, 06 Nov 1994 08:48:00 GMT', 0],
  ['Sun, 06 Nov 2094 08:48:00 GMT', LIMITS.maxDelayMs],
  ['', undefined],
  ['-5', undefined],
  ['1.5', undefined],
  ['soon', undefined],
  ['Sun, 99 Nov 1994 08:49:37 GMT', undefined],
])('%s asks for %s ms', (text, delayMs) => {
  expect(parseRetryAfter(text, now)).toBe(delayMs);
});
