import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { sendProblem } from './send-problem.ts';
import { toProblemError } from './to-problem-error.ts';

/** Answers every error as `application/problem+json`. What we did not foresee is logged with its stack. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('Http');

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const error = toProblemError(thrown);
    if (error.code === 'INTERNAL') {
      const err = thrown instanceof Error ? thrown : new Error(`not an error: ${String(thrown)}`);
      this.logger.error('A request failed in a way that nobody foresaw', { err });
    }
    sendProblem(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }
}
