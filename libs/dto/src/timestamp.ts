import type { Timestamp } from '@taskpilot/contracts';

const FORM = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:Z|[+-](\d\d):(\d\d))$/i;

const EARLIEST = Date.UTC(1970, 0, 1);
const LATEST = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

const FORM_RULE = 'must be an RFC 3339 time with a zone, such as 2026-11-20T09:30:00.000Z';

/**
 * Says what is wrong with a time of a caller's, or `null`: RFC 3339 with `Z` or an offset, a day that exists, at most
 * milliseconds (a finer time would have to be cut silently), from 1970 through 9999.
 */
export function findTimestampFault(value: unknown): string | null {
  const parts = typeof value === 'string' ? FORM.exec(value) : null;
  if (parts === null) return FORM_RULE;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.slice(1, 7).map(Number);
  const [offsetHour, offsetMinute] = [Number(parts[8] ?? 0), Number(parts[9] ?? 0)];
  if (hour > 23 || minute > 59 || second > 59 || offsetHour > 23 || offsetMinute > 59) return FORM_RULE;
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return 'must be a day of the calendar';
  if ((parts[7] ?? '').length > 3) return 'must not be finer than milliseconds';
  const at = Date.parse((value as string).toUpperCase());
  return at >= EARLIEST && at <= LATEST ? null : 'must lie in the years 1970 to 9999 (UTC)';
}

/** The one form in which times are stored and answered: UTC with milliseconds. Takes what has passed validation. */
export function normaliseTimestamp(text: Timestamp): Timestamp {
  return new Date(text.toUpperCase()).toISOString();
}

function daysIn(year: number, month: number): number {
  const day = new Date(0);
  // Day 0 of the next month. setUTCFullYear, because Date.UTC takes the years 0 to 99 for 1900 to 1999.
  day.setUTCFullYear(year, month, 0);
  return day.getUTCDate();
}
