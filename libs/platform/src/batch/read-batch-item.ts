import type { Type } from '@nestjs/common';
import { LIMITS } from '@taskpilot/contracts';
import type { FastifyRequest } from 'fastify';
import { readDto } from '../http/read-dto.ts';
import { ProblemError } from '../problem/problem-error.ts';

/**
 * Reads one item of a batch as the route of a single one reads its body.
 * @param request the one that the batch came with
 * @throws ProblemError `MALFORMED_JSON` or `VALIDATION_FAILED`, their pointers relative to the item, or `BODY_TOO_LARGE`
 */
export function readBatchItem<T extends object>(type: Type<T>, item: unknown, request: FastifyRequest): T {
  // What stands there has been refused as it was read.
  if (item instanceof ProblemError) throw item;
  // No item is larger than the body that holds it: most batches need not be measured item by item.
  const isSmall = Number(request.headers['content-length']) <= LIMITS.bodyBytes;
  if (!isSmall) assertSize(item);
  return readDto(type, item);
}

/** The key of an item is no part of its body: it stands for a header. */
function assertSize(item: unknown): void {
  const body = typeof item === 'object' && item !== null ? { ...item, idempotencyKey: undefined } : item;
  const bytes = Buffer.byteLength(JSON.stringify(body));
  if (bytes <= LIMITS.bodyBytes) return;
  throw new ProblemError(
    'BODY_TOO_LARGE',
    `The item takes ${bytes} bytes, written without white space; one may take ${LIMITS.bodyBytes}.`,
  );
}
