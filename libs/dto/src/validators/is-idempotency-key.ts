import { IDEMPOTENCY_KEY_RULE, isIdempotencyKey } from '../idempotency-key.ts';
import { Check } from './check.ts';

export const IsIdempotencyKey = (): PropertyDecorator =>
  Check('isIdempotencyKey', (value) => (isIdempotencyKey(value) ? null : IDEMPOTENCY_KEY_RULE));
