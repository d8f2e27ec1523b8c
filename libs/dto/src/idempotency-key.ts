import { LIMITS } from '@taskpilot/contracts';

const VISIBLE_ASCII = /^[\x21-\x7e]+$/;

export const idempotencyKeyRule = (maxLength: number = LIMITS.idempotencyKeyLength): string =>
  `must be 1 to ${maxLength} visible ASCII characters`;

/** What both planes take as an `Idempotency-Key`; that of a batch must be shorter. */
export function isIdempotencyKey(value: unknown, maxLength: number = LIMITS.idempotencyKeyLength): value is string {
  return typeof value === 'string' && value.length <= maxLength && VISIBLE_ASCII.test(value);
}
