import { type DynamicModule, Module } from '@nestjs/common';
import type { DtpConfig } from '@taskpilot/platform';
import { EchoHandler } from './echo.handler.ts';
import { FlakyHandler } from './flaky.handler.ts';
import { HostResolver, SystemHostResolver } from './http-request/host-resolver.ts';
import { TargetGuard } from './http-request/target-guard.ts';
import { HttpRequestHandler } from './http-request.handler.ts';
import { SleepHandler } from './sleep.handler.ts';

/** The work that this plane can do. A handler listed here is found by its `@TaskHandler` mark. */
@Module({})
export class HandlersModule {
  /** Needs `DtpConfig` from a global module. `echo`, `sleep` and `flaky` are left out in production. */
  static forEnvironment(nodeEnv: DtpConfig['nodeEnv']): DynamicModule {
    const handlers = [
      HttpRequestHandler,
      ...(nodeEnv === 'production' ? [] : [EchoHandler, SleepHandler, FlakyHandler]),
    ];
    return {
      module: HandlersModule,
      providers: [...handlers, TargetGuard, { provide: HostResolver, useClass: SystemHostResolver }],
      exports: handlers,
    };
  }
}
