import { idempotencyKeyRule, isIdempotencyKey } from '../idempotency-key.ts';
import { Check } from './check.ts';

export const IsIdempotencyKey = (): PropertyDecorator =>
  Check('isIdempotencyKey', (value) => (isIdempotencyKey(value) ? null : idempotencyKeyRule()));
