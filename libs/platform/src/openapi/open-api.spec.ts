import { createSampleApp, SAMPLE } from '../testing/sample-app.ts';
import { buildOpenApi } from './open-api.ts';

describe('OpenAPI', () => {
  it('serves the page and the document at the root, whatever the prefix', async () => {
    const app = await createSampleApp({ prefix: 'api' });
    const page = await app.inject('/docs');
    expect(page.statusCode).toBe(200);
    expect(page.headers['content-type']).toMatch(/^text\/html/);
    expect((await app.inject('/docs/swagger-ui.css')).statusCode).toBe(200);

    const document = (await app.inject('/docs-json')).json();
    expect(document.openapi).toBe('3.1.0');
    expect(document.info).toMatchObject({ title: 'Sample', version: '1.2.3' });
    expect(Object.keys(document.paths).sort()).toEqual([
      '/api/things',
      '/api/things/{id}',
      '/api/things/{id}/cancel',
      '/health/live',
      '/health/ready',
    ]);
    expect(document).toEqual(JSON.parse(JSON.stringify(buildOpenApi(app, SAMPLE))));
    await app.close();
  });

  it('documents problems by the status that the contract gives them', async () => {
    const app = await createSampleApp();
    const operation = buildOpenApi(app, SAMPLE).paths['/things/{id}']?.get;
    expect(operation?.operationId).toBe('findThing');
    expect(Object.keys(operation?.responses ?? {})).toEqual(['400', '404', '431', '500', '503']);
    expect(operation?.responses[404]).toMatchObject({
      content: {
        'application/problem+json': {
          schema: { $ref: '#/components/schemas/Problem' },
          examples: { TASK_NOT_FOUND: { value: { status: 404, code: 'TASK_NOT_FOUND' } } },
        },
      },
    });
    expect(operation?.responses[503]).toHaveProperty('headers.retry-after');
    await app.close();
  });
});
