import { LIMITS } from '@taskpilot/contracts';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type JsonOptions, readJson } from '../json/read-json.ts';
import { ProblemError } from '../problem/problem-error.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Of a route whose bodies may be larger and deeper than others, and hold what is judged apart. */
    readonly body?: JsonOptions & { readonly maxBytes: number };
  }
}

const JSON_IN_UTF8 = /^application\/json\s*(?:;\s*(?:charset="?utf-8"?\s*)?)?$/i;

/** Takes request bodies as strict JSON in UTF-8 alone. An empty body is `undefined`. */
export function acceptStrictJson(server: FastifyInstance): void {
  server.addHook('onRoute', (route) => {
    if (route.config?.body) route.bodyLimit = route.config.body.maxBytes;
  });
  server.removeAllContentTypeParsers();
  server.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer', bodyLimit: LIMITS.bodyBytes },
    (request, body, done) => {
      try {
        assertEncoding(request);
        done(null, body.length === 0 ? undefined : readJson(body as Buffer, request.routeOptions.config.body));
      } catch (error) {
        done(error as Error);
      }
    },
  );
}

/** fastify has looked at the media type, but not at its parameters. */
function assertEncoding({ headers }: FastifyRequest): void {
  if (!JSON_IN_UTF8.test(headers['content-type'] ?? '')) {
    throw new ProblemError('UNSUPPORTED_MEDIA_TYPE', 'Send the body as application/json in UTF-8.');
  }
  if ((headers['content-encoding'] ?? 'identity') !== 'identity') {
    throw new ProblemError('UNSUPPORTED_MEDIA_TYPE', 'Send the body without a Content-Encoding.');
  }
}
