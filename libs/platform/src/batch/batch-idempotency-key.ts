import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { LIMITS, MAX_BATCH_ITEMS } from '@taskpilot/contracts';
import { readIdempotencyKey } from '../http/idempotency-key.ts';

const MAX_LENGTH = LIMITS.idempotencyKeyLength - suffix(MAX_BATCH_ITEMS - 1).length;

/** Documents it: `@ApiHeader(BATCH_KEY_HEADER)`. */
export const BATCH_KEY_HEADER = {
  name: 'Idempotency-Key',
  required: false,
  description:
    `Makes the batch safe to repeat: 1 to ${MAX_LENGTH} visible ASCII characters. Item i, from 0, is created under the ` +
    'key `<Idempotency-Key>/<i>`.',
  schema: { type: 'string' as const, minLength: 1, maxLength: MAX_LENGTH, pattern: '^[!-~]+$' },
};

/**
 * `@BatchIdempotencyKey() key: string | null`: the `Idempotency-Key` of a batch. It must leave room for what makes it
 * the key of any item; a longer one is refused with `VALIDATION_FAILED`.
 */
export const BatchIdempotencyKey = createParamDecorator((_: unknown, context: ExecutionContext) =>
  readIdempotencyKey(context, MAX_LENGTH),
);

/** The key of one item, `<key>/<index>`. */
export function batchItemKey(key: string | null, index: number): string | null {
  return key === null ? null : key + suffix(index);
}

function suffix(index: number): string {
  return `/${index}`;
}
