import { RequestMethod } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { type OpenApiOptions, serveOpenApi } from '../openapi/open-api.ts';
import { ProblemFilter } from '../problem/problem.filter.ts';
import { BodyGuard } from './body.guard.ts';
import { QueryGuard } from './query.guard.ts';
import { ValidationPipe } from './validation.pipe.ts';

export interface AppOptions extends OpenApiOptions {
  /** Stands before every path but those of health, metrics and docs. */
  readonly prefix?: string;
}

/**
 * Gives an application everything that main.ts and the tests share. Call it before `app.init()`, on an application
 * made with `createFastifyAdapter()`.
 */
export function configureApp(app: NestFastifyApplication, options: AppOptions): void {
  if (options.prefix) {
    const exclude = ['health/{*check}', 'metrics'].map((path) => ({ path, method: RequestMethod.GET }));
    app.setGlobalPrefix(options.prefix, { exclude });
  }
  app.useGlobalFilters(new ProblemFilter());
  app.useGlobalGuards(new QueryGuard(), new BodyGuard());
  app.useGlobalPipes(new ValidationPipe());
  serveOpenApi(app, options);
}
