import { LIMITS } from '@taskpilot/contracts';

const VISIBLE_ASCII = /^[\x21-\x7e]+$/;

export const IDEMPOTENCY_KEY_RULE = `must be 1 to ${LIMITS.idempotencyKeyLength} visible ASCII characters`;

/** What both planes take as an `Idempotency-Key`. */
export function isIdempotencyKey(value: unknown): value is string {
  return typeof value === 'string' && value.length <= LIMITS.idempotencyKeyLength && VISIBLE_ASCII.test(value);
}
