import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { HEADERS } from '@taskpilot/contracts';
import { IDEMPOTENCY_KEY_RULE, isIdempotencyKey } from '@taskpilot/dto';
import type { FastifyRequest } from 'fastify';
import { ProblemError } from '../problem/problem-error.ts';

/** `@IdempotencyKey() key: string | null`. Refuses a malformed key with `VALIDATION_FAILED`. */
export const IdempotencyKey = createParamDecorator((_: unknown, context: ExecutionContext) =>
  readIdempotencyKey(context),
);

/** @throws ProblemError `VALIDATION_FAILED` */
export function readIdempotencyKey(context: ExecutionContext): string | null {
  const key = context.switchToHttp().getRequest<FastifyRequest>().headers[HEADERS.idempotencyKey];
  if (key === undefined) return null;
  if (isIdempotencyKey(key)) return key;
  throw new ProblemError('VALIDATION_FAILED', `The Idempotency-Key header ${IDEMPOTENCY_KEY_RULE}.`);
}
