import 'reflect-metadata';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { configureApp, createFastifyAdapter, loadTaskPilotConfig } from '@taskpilot/platform';
import supertest from 'supertest';
import { DataSource } from 'typeorm';
import { APP_OPTIONS } from '../../apps/taskpilot-api/src/app-options.ts';
import { TaskPilotApiModule } from '../../apps/taskpilot-api/src/taskpilot-api.module.ts';
import type { FakeDtp } from '../support/fake-dtp.ts';
import { poolSize } from '../support/pool-size.ts';

/** One replica of the control plane, in this process. */
export interface Api {
  readonly app: NestFastifyApplication;
  readonly http: ReturnType<typeof supertest>;
  readonly dataSource: DataSource;
  close(): Promise<void>;
}

export async function startApi(
  databaseUrl: string,
  dtp: Pick<FakeDtp, 'url'>,
  env: Readonly<Record<string, string>> = {},
): Promise<Api> {
  const config = loadTaskPilotConfig({
    NODE_ENV: 'test',
    WEBDB_URL: databaseUrl,
    DTP_URL: dtp.url,
    BIND_TIMEOUT_MS: '800',
    DTP_TIMEOUT_MS: '1200',
    RECONCILE_MS: '50',
    ...poolSize(),
    ...env,
  });
  const module = await Test.createTestingModule({ imports: [TaskPilotApiModule.forConfig(config)] }).compile();
  const app = module.createNestApplication<NestFastifyApplication>(createFastifyAdapter(), { logger: false });
  configureApp(app, APP_OPTIONS);
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  return { app, http: supertest(app.getHttpServer()), dataSource: app.get(DataSource), close: () => app.close() };
}

/** Creates an `echo` task, and answers its id. */
export async function createTask({ http }: Api, body: object = {}): Promise<string> {
  const { body: task } = await http
    .post('/api/tasks')
    .send({ name: 'a task', type: 'echo', ...body })
    .expect(201);
  return task.id;
}

/** Creates a task and binds it. On a busy machine the first answer may be 202: then it is asked for again. */
export async function createBoundTask(api: Api): Promise<{ id: string; schedulerTaskId: string }> {
  const id = await createTask(api);
  const { body } = await eventually(async () => {
    const answer = await api.http.post(`/api/tasks/${id}/scheduler`);
    return answer.status === 200 ? answer : null;
  });
  return { id, schedulerTaskId: body.schedulerTaskId };
}

/** Waits until `probe` answers something truthy. */
export async function eventually<T>(probe: () => Promise<T>, withinMs = 10_000): Promise<NonNullable<T>> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const value = await probe();
    if (value) return value;
    if (Date.now() > deadline) throw new Error(`did not come true within ${withinMs} ms: ${probe}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Waits until a task has a status, and answers it. */
export function reaches({ http }: Api, id: string, status: string): Promise<Record<string, unknown>> {
  return eventually(async () => {
    const { body } = await http.get(`/api/tasks/${id}`).expect(200);
    return body.status === status ? body : null;
  });
}
