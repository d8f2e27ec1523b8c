import { Logger } from '@nestjs/common';
import type { ProblemError } from './problem-error.ts';
import { toProblemError } from './to-problem-error.ts';

const logger = new Logger('Http');

/**
 * What the caller is told of anything thrown. What we did not foresee is logged with its stack.
 * @param maxBytes the most that the request's body may take
 */
export function explainError(thrown: unknown, maxBytes?: number): ProblemError {
  const error = toProblemError(thrown, maxBytes);
  if (error.code === 'INTERNAL') {
    const err = thrown instanceof Error ? thrown : new Error(`not an error: ${String(thrown)}`);
    logger.error('A request failed in a way that nobody foresaw', { err });
  }
  return error;
}
