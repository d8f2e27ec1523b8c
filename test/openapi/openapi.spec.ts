import { readFile, writeFile } from 'node:fs/promises';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { buildOpenApi, type OpenApiOptions } from '@taskpilot/platform';
import { DTP_APP } from '../../apps/dtp-scheduler/src/app-options.ts';
import { APP_OPTIONS } from '../../apps/taskpilot-api/src/app-options.ts';
import { startApi } from '../e2e/api-app.ts';
import { startDtp } from '../e2e/dtp-app.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly requestBody?: { readonly content: Record<string, { readonly examples?: object }> };
  readonly responses: Record<
    string,
    { readonly content?: Record<string, { readonly examples?: object; readonly schema?: object }> }
  >;
}
type Document = {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, Operation>>;
};

let databases: Record<'webdb' | 'dtp', TestDatabase>;
let dtp: Awaited<ReturnType<typeof startDtp>>;
let api: Awaited<ReturnType<typeof startApi>>;

beforeAll(async () => {
  databases = { webdb: await createTestDatabase('webdb'), dtp: await createTestDatabase('dtp') };
  dtp = await startDtp(databases.dtp.url, { DTP_ROLE: 'api' });
  api = await startApi(databases.webdb.url, dtp);
});
afterAll(async () => {
  await api?.close();
  await dtp?.close();
  for (const database of Object.values(databases)) await database.drop();
});

const planes: readonly (readonly [
  name: string,
  options: OpenApiOptions,
  app: () => NestFastifyApplication,
  calls: string[],
])[] = [
  [
    'taskpilot-api',
    APP_OPTIONS,
    () => api.app,
    [
      'POST /api/tasks',
      'POST /api/tasks/batch',
      'GET /api/tasks',
      'GET /api/tasks/{id}',
      'POST /api/tasks/{id}/scheduler',
      'GET /api/tasks/{id}/execution',
      'GET /api/tasks/{id}/execution/attempts',
      'PUT /api/tasks/{id}/execution/cancel',
      'GET /health/live',
      'GET /health/ready',
    ],
  ],
  [
    'dtp-scheduler',
    DTP_APP,
    () => dtp.app,
    [
      'POST /tasks',
      'POST /tasks/batch',
      'GET /tasks',
      'GET /tasks/{id}',
      'GET /tasks/{id}/attempts',
      'PUT /tasks/{id}/cancel',
      'GET /health/live',
      'GET /health/ready',
    ],
  ],
];

describe.each(planes)('the OpenAPI document of %s', (name, options, app, calls) => {
  let document: Document;
  beforeAll(() => {
    document = buildOpenApi(app(), options) as unknown as Document;
  });

  const operations = () =>
    Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ call: `${method.toUpperCase()} ${path}`, operation })),
    );

  test('is the one that is stored; npm run generate:openapi renews it', async () => {
    const file = new URL(`../../docs/openapi/${name}.json`, import.meta.url);
    const text = `${JSON.stringify(document, null, 2)}\n`;
    if (process.env.UPDATE_OPENAPI) await writeFile(file, text);
    expect(await readFile(file, 'utf8')).toBe(text);
  });

  test('is OpenAPI 3.1, and describes every call once', () => {
    expect(document.openapi).toMatch(/^3\.1\./);
    expect(
      operations()
        .map(({ call }) => call)
        .sort(),
    ).toEqual([...calls].sort());
    const ids = operations().map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('says of every call what it is for, and shows an example of each body and each refusal', () => {
    for (const { call, operation } of operations()) {
      expect({ call, tagged: operation.tags.length > 0, summary: Boolean(operation.summary) }).toEqual({
        call,
        tagged: true,
        summary: true,
      });
      const bodies = Object.values(operation.requestBody?.content ?? {});
      if (call.startsWith('POST') && !call.endsWith('/scheduler')) expect(bodies).not.toHaveLength(0);
      for (const body of bodies) expect(Object.keys(body.examples ?? {})).not.toHaveLength(0);
      if (call.includes('/health/')) continue;
      const refusals = Object.keys(operation.responses).filter((status) => Number(status) >= 400);
      expect(refusals).not.toHaveLength(0);
      for (const status of refusals) {
        const content = operation.responses[status]?.content?.['application/problem+json'];
        expect({ call, status, examples: Object.keys(content?.examples ?? {}).length > 0 }).toEqual({
          call,
          status,
          examples: true,
        });
      }
    }
  });
});
