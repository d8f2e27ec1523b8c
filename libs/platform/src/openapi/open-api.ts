import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';

/** How a plane presents itself in its document. */
export interface OpenApiOptions {
  readonly title: string;
  readonly description: string;
  readonly version: string;
}

/**
 * The OpenAPI 3.1 document of an initialised application. Depends on nothing but the code, so that a stored copy can be
 * checked for freshness.
 */
export function buildOpenApi(app: INestApplication, options: OpenApiOptions): OpenAPIObject {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle(options.title)
    .setDescription(options.description)
    .setVersion(options.version)
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .build();
  return SwaggerModule.createDocument(app, config, { operationIdFactory: (_controller, method) => method });
}

/** Serves Swagger UI at `/docs` and the document at `/docs-json`, built when it is first asked for. */
export function serveOpenApi(app: INestApplication, options: OpenApiOptions): void {
  SwaggerModule.setup('docs', app, () => buildOpenApi(app, options), {
    raw: ['json'],
    customSiteTitle: options.title,
    swaggerOptions: { displayRequestDuration: true, tryItOutEnabled: true },
  });
}
