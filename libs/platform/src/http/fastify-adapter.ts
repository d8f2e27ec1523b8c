import type { IncomingMessage } from 'node:http';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { LIMITS } from '@taskpilot/contracts';
import type { FastifyInstance } from 'fastify';
import { readRequestId } from '../context/request-context.ts';
import { closeConnections } from './close-connections.ts';
import { answerClientError, answerFrameworkError } from './framework-errors.ts';
import { acceptStrictJson } from './json-body.ts';
import { logAnswers, provideRequestContext } from './request-hooks.ts';
import { refuseUnrouted } from './route-methods.ts';

/** Told to clients, who end idle connections before that, as node's do: it should not be the server who closes first. */
const KEEP_ALIVE_MS = 72_000;
/** Headers, then the whole request, must arrive within these, or a slow client holds its connection for ever. */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
/** A socket without any traffic for so long, an unread answer included, is closed. */
const SOCKET_IDLE_MS = 60_000;
const TIMEOUT_CHECK_MS = 2_000;
/** Long values reach the pipes, which name them, instead of an error of the router's: node bounds the line itself. */
const MAX_PARAM_LENGTH = 16 * 1024;

/** The HTTP layer that both planes and their tests share; `configureApp` adds what lies above it. */
export function createFastifyAdapter(): FastifyAdapter {
  return new StrictFastifyAdapter();
}

class StrictFastifyAdapter extends FastifyAdapter {
  constructor() {
    super({
      bodyLimit: LIMITS.bodyBytes,
      keepAliveTimeout: KEEP_ALIVE_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      connectionTimeout: SOCKET_IDLE_MS,
      http: { headersTimeout: HEADERS_TIMEOUT_MS, connectionsCheckingInterval: TIMEOUT_CHECK_MS },
      routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
      genReqId: ({ headers }: IncomingMessage) => readRequestId(headers),
      frameworkErrors: answerFrameworkError,
      clientErrorHandler: answerClientError,
    });
    const server = this.getInstance<FastifyInstance>();
    provideRequestContext(server);
    logAnswers(server);
    refuseUnrouted(server);
    acceptStrictJson(server);
    closeConnections(server);
  }

  /** Nest would add its own parsers, for JSON and for forms, on top of the strict one. */
  override registerParserMiddleware(): void {}
}
