import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import type { Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import type { AttemptView, SchedulerTaskState, SchedulerTaskView } from '@taskpilot/contracts';
import { configureApp, createFastifyAdapter, loadDtpConfig } from '@taskpilot/platform';
import supertest from 'supertest';
import { DTP_APP } from '../../apps/dtp-scheduler/src/app-options.ts';
import { DtpSchedulerModule } from '../../apps/dtp-scheduler/src/dtp-scheduler.module.ts';
import { HostResolver } from '../../apps/dtp-scheduler/src/handlers/http-request/host-resolver.ts';
import { poolSize } from '../support/pool-size.ts';
import { eventually } from './api-app.ts';

/** One process's worth of the execution plane, in this process, listening on a port of its own. */
export interface Dtp {
  readonly app: NestFastifyApplication;
  readonly http: ReturnType<typeof supertest>;
  readonly url: string;
  close(): Promise<void>;
}

/** @param parts modules with handlers of the test's own, and who resolves the names of targets */
export async function startDtp(
  databaseUrl: string,
  env: Readonly<Record<string, string>> = {},
  port = 0,
  parts: { readonly imports?: Type[]; readonly resolver?: HostResolver } = {},
): Promise<Dtp> {
  const config = loadDtpConfig({
    NODE_ENV: 'test',
    DTP_DB_URL: databaseUrl,
    DTP_DRAIN_MS: '200',
    HTTP_TASK_ALLOW: '127.0.0.1',
    ...poolSize(),
    ...env,
  });
  const { imports = [], resolver } = parts;
  const builder = Test.createTestingModule({ imports: [DtpSchedulerModule.forConfig(config), ...imports] });
  if (resolver) builder.overrideProvider(HostResolver).useValue(resolver);
  const module = await builder.compile();
  const app = module.createNestApplication<NestFastifyApplication>(createFastifyAdapter(), { logger: false });
  configureApp(app, DTP_APP);
  await app.listen(port, '127.0.0.1');
  const address = app.getHttpServer().address() as AddressInfo;
  const url = `http://127.0.0.1:${address.port}`;
  return { app, http: supertest(url), url, close: () => app.close() };
}

/** Enqueues a task, and answers it. */
export async function enqueue({ http }: Dtp, body: object): Promise<SchedulerTaskView> {
  const answer = await http.post('/tasks').send(body).expect(201);
  return answer.body;
}

/** Waits until a task is in a state, and answers it. */
export function becomes({ http }: Dtp, id: string, ...states: SchedulerTaskState[]): Promise<SchedulerTaskView> {
  return eventually(async () => {
    const { body } = await http.get(`/tasks/${id}`).expect(200);
    return states.includes(body.state) ? body : null;
  });
}

export async function attemptsOf({ http }: Dtp, id: string): Promise<AttemptView[]> {
  const { body } = await http.get(`/tasks/${id}/attempts`).expect(200);
  return body.items;
}
