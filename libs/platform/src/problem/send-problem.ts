import { HEADERS, PROBLEM_JSON } from '@taskpilot/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { pathOf, toProblem } from './problem.ts';
import type { ProblemError } from './problem-error.ts';

/** Answers a request with an error, unless it has been answered. As bytes: fastify would add a charset to text. */
export function sendProblem(error: ProblemError, request: FastifyRequest, reply: FastifyReply): void {
  if (reply.sent || reply.raw.headersSent) return;
  const { retryAfterS } = error.extensions;
  if (retryAfterS !== undefined) reply.header(HEADERS.retryAfter, retryAfterS);
  reply
    .code(error.status)
    .header(HEADERS.requestId, request.id)
    .header('content-type', PROBLEM_JSON)
    .send(Buffer.from(JSON.stringify(toProblem(error, pathOf(request.raw.url ?? ''), request.id))));
}
