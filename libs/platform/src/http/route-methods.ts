import type { FastifyInstance } from 'fastify';
import { pathOf } from '../problem/problem.ts';
import { ProblemError } from '../problem/problem-error.ts';

interface Route {
  readonly path: RegExp;
  readonly methods: readonly string[];
}

/**
 * Answers 404 and 405 before a body is read. fastify's router alone cannot tell a path that does not exist from one
 * that has other methods.
 */
export function refuseUnrouted(server: FastifyInstance): void {
  const routes: Route[] = [];
  server.addHook('onRoute', ({ url, method }) => {
    routes.push({ path: toRegExp(url), methods: [method].flat() });
  });
  server.addHook('onRequest', (request, reply, done) => {
    if (!request.is404) return done();
    const path = pathOf(request.raw.url ?? '');
    const methods = new Set(routes.filter((route) => route.path.test(path)).flatMap((route) => route.methods));
    if (methods.size === 0)
      return done(new ProblemError('ROUTE_NOT_FOUND', 'Nothing answers at this path: /docs describes those that do.'));
    const allowed = [...methods].sort().join(', ');
    reply.header('allow', allowed);
    done(new ProblemError('METHOD_NOT_ALLOWED', `This path knows ${allowed}, not ${request.method}.`));
  });
}

function toRegExp(url: string): RegExp {
  const segments = url.split('/').map((segment) => {
    if (segment.startsWith(':')) return '[^/]+';
    return segment === '*' ? '.*' : segment.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${segments.join('/')}$`);
}
