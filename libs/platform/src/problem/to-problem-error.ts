import { HttpException } from '@nestjs/common';
import { LIMITS, PROBLEMS, type ProblemCode } from '@taskpilot/contracts';
import { isDatabaseUnavailable } from '../database/is-database-unavailable.ts';
import { ProblemError } from './problem-error.ts';

const DATABASE_RETRY_AFTER_S = 1;

/** What fastify refuses before a controller is reached, in our words. */
const FASTIFY_ERRORS: Readonly<Record<string, readonly [code: ProblemCode, detail: string]>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['UNSUPPORTED_MEDIA_TYPE', 'Send the body as application/json.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['BAD_REQUEST', 'The body is shorter or longer than its Content-Length.'],
  FST_ERR_BAD_URL: ['BAD_REQUEST', 'The path is not valid percent-encoding.'],
  FST_ERR_MAX_PARAM_LENGTH: ['URI_TOO_LONG', 'A part of the path is too long.'],
};

/**
 * Any thrown value as an error for the caller. What we did not foresee becomes `INTERNAL`, and says nothing more.
 * @param maxBytes the most that the request's body may take
 */
export function toProblemError(thrown: unknown, maxBytes: number = LIMITS.bodyBytes): ProblemError {
  if (thrown instanceof ProblemError) return thrown;
  const status = statusOf(thrown);
  if (status >= 400 && status < 500) return refusal(thrown as Error, status, maxBytes);
  if (isDatabaseUnavailable(thrown)) {
    return new ProblemError('DATABASE_UNAVAILABLE', 'The database cannot be reached or is overloaded. Try again.', {
      retryAfterS: DATABASE_RETRY_AFTER_S,
    });
  }
  return new ProblemError('INTERNAL', 'Something went wrong on our side. The request id finds it in the logs.');
}

function refusal(error: Error, status: number, maxBytes: number): ProblemError {
  if (status === PROBLEMS.ROUTE_NOT_FOUND.status) {
    return new ProblemError('ROUTE_NOT_FOUND', 'Nothing answers at this path: /docs describes those that do.');
  }
  if (fastifyCode(error) === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return new ProblemError('BODY_TOO_LARGE', `The body is larger than ${maxBytes} bytes.`);
  }
  const [code, detail] = FASTIFY_ERRORS[fastifyCode(error)] ?? ['BAD_REQUEST', error.message];
  return new ProblemError(code, detail);
}

/** Nest hands fastify's errors on as the cause of an HttpException. */
function fastifyCode(error: Error): string {
  const origin = error instanceof HttpException ? error.cause : error;
  return origin instanceof Error && 'code' in origin ? String(origin.code) : '';
}

/** The status that Nest or fastify gave an error; 500 when neither did. */
function statusOf(thrown: unknown): number {
  if (thrown instanceof HttpException) return thrown.getStatus();
  return thrown instanceof Error && 'statusCode' in thrown ? Number(thrown.statusCode) : 500;
}
