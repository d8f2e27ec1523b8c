import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { HEADERS } from '@taskpilot/contracts';
import { idempotencyKeyRule, isIdempotencyKey } from '@taskpilot/dto';
import type { FastifyRequest } from 'fastify';
import { ProblemError } from '../problem/problem-error.ts';

/** `@IdempotencyKey() key: string | null`. Refuses a malformed key with `VALIDATION_FAILED`. */
export const IdempotencyKey = createParamDecorator((_: unknown, context: ExecutionContext) =>
  readIdempotencyKey(context),
);

/**
 * @param maxLength how many characters it may have
 * @throws ProblemError `VALIDATION_FAILED`
 */
export function readIdempotencyKey(context: ExecutionContext, maxLength?: number): string | null {
  const key = context.switchToHttp().getRequest<FastifyRequest>().headers[HEADERS.idempotencyKey];
  if (key === undefined) return null;
  if (isIdempotencyKey(key, maxLength)) return key;
  throw new ProblemError('VALIDATION_FAILED', `The Idempotency-Key header ${idempotencyKeyRule(maxLength)}.`);
}
