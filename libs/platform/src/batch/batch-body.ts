import { applyDecorators, HttpCode } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { LIMITS, MAX_BATCH_BYTES } from '@taskpilot/contracts';

/** What stands around an item in the body of a batch: an object and a list. */
const ENCLOSING_LEVELS = 2;

/**
 * Makes a route take the body of a batch, which is larger than others, and deeper by what encloses its items: each of
 * them may be nested as deeply as it may alone, and what no JSON may hold spoils the item that holds it. It answers 200.
 */
export const BatchBody = (): MethodDecorator =>
  applyDecorators(
    HttpCode(200),
    RouteConfig({
      body: { maxBytes: MAX_BATCH_BYTES, maxDepth: LIMITS.jsonDepth + ENCLOSING_LEVELS, apart: 'items' },
    }),
  );
