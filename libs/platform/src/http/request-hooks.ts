import { Logger } from '@nestjs/common';
import { HEADERS } from '@taskpilot/contracts';
import type { FastifyInstance } from 'fastify';
import { readTraceparent, runInRequestContext } from '../context/request-context.ts';
import { pathOf } from '../problem/problem.ts';

/** Paths that are asked for all the time, by machines, and are not worth a line in the log. */
const UNLOGGED = /^\/(?:health|metrics|docs)(?:[/-]|$)/;

/** In the path of what was asked for, or of what was made. */
const TASK_ID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/i;

/** Runs each request in its context, and returns its id on every answer. */
export function provideRequestContext(server: FastifyInstance): void {
  server.addHook('onRequest', (request, reply, done) => {
    reply.header(HEADERS.requestId, request.id);
    runInRequestContext({ requestId: request.id, traceparent: readTraceparent(request.headers) }, done);
  });
}

/** Writes one line for each answer. The request's context is gone by then: its id is given by hand. */
export function logAnswers(server: FastifyInstance): void {
  const logger = new Logger('Http');
  server.addHook('onResponse', (request, reply, done) => {
    const path = pathOf(request.raw.url ?? '');
    if (!UNLOGGED.test(path)) {
      const durationMs = Math.round(reply.elapsedTime * 10) / 10;
      const taskId = TASK_ID.exec(String(reply.getHeader('location') ?? path))?.[0];
      logger.log(`${request.method} ${path} ${reply.statusCode}`, {
        requestId: request.id,
        ...(taskId && { taskId }),
        durationMs,
      });
    }
    done();
  });
}
