import 'reflect-metadata';
import { type DynamicModule, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { DtpConfig } from '@taskpilot/platform';
import { HandlersModule } from './handlers.module.ts';
import { TASK_HANDLER } from './task-handler.ts';

@Module({})
class ConfigModule {}

const config: DynamicModule = {
  module: ConfigModule,
  global: true,
  providers: [{ provide: DtpConfig, useValue: { nodeEnv: 'test', httpTaskAllow: [] } }],
  exports: [DtpConfig],
};

it.each<[DtpConfig['nodeEnv'], readonly string[]]>([
  ['production', ['http.request']],
  ['test', ['echo', 'flaky', 'http.request', 'sleep']],
  ['development', ['echo', 'flaky', 'http.request', 'sleep']],
])('in %s the handlers are %j', async (nodeEnv, types) => {
  const dynamic = HandlersModule.forEnvironment(nodeEnv);
  const app = await Test.createTestingModule({ imports: [config, dynamic] }).compile();
  const handlers = (dynamic.exports as (new () => object)[]).map((handler) => app.get(handler, { strict: false }));
  expect(handlers.map((handler) => Reflect.getMetadata(TASK_HANDLER, handler.constructor).type).sort()).toEqual(types);
});
