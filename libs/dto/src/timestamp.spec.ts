import { describe, expect, it } from '@jest/globals';
import { findTimestampFault, normaliseTimestamp } from './timestamp.ts';

describe('findTimestampFault', () => {
  it.each([
    '2026-11-20T09:30:00Z',
    '2026-11-20T09:30:00.1Z',
    '2026-11-20T09:30:00.123+05:30',
    '2026-11-20t09:30:00z',
    '2024-02-29T00:00:00-00:00',
    '1970-01-01T00:00:00.000Z',
    '9999-12-31T23:59:59.999Z',
  ])('takes %s', (text) => {
    expect(findTimestampFault(text)).toBeNull();
  });

  it.each([
    [1_700_000_000_000, 'RFC 3339'],
    ['2026-11-20', 'RFC 3339'],
    ['2026-11-20T09:30:00', 'RFC 3339'],
    ['2026-11-20 09:30:00Z', 'RFC 3339'],
    ['2026-11-20T24:00:00Z', 'RFC 3339'],
    ['2026-11-20T09:30:60Z', 'RFC 3339'],
    ['2026-11-20T09:30:00+24:00', 'RFC 3339'],
    ['+294277-01-01T00:00:00Z', 'RFC 3339'],
    ['2026-02-29T00:00:00Z', 'calendar'],
    ['2026-13-01T00:00:00Z', 'calendar'],
    ['2026-00-10T00:00:00Z', 'calendar'],
    ['2026-11-20T09:30:00.1234Z', 'milliseconds'],
    ['2026-11-20T09:30:00.000000Z', 'milliseconds'],
    ['1969-12-31T23:59:59.999Z', '1970'],
    ['9999-12-31T23:59:59.999-00:01', '9999'],
    ['0000-02-29T00:00:00Z', '1970'],
  ])('refuses %s', (value, reason) => {
    expect(findTimestampFault(value)).toContain(reason);
  });
});

describe('normaliseTimestamp', () => {
  it.each([
    ['2026-11-20T09:30:00.1+05:30', '2026-11-20T04:00:00.100Z'],
    ['2026-11-20t09:30:00z', '2026-11-20T09:30:00.000Z'],
  ])('turns %s into %s', (text, expected) => {
    expect(normaliseTimestamp(text)).toBe(expected);
  });
});
