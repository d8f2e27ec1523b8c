import { type DynamicModule, Global, Module, type ModuleMetadata, type Type } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { HealthController, READINESS_CHECKS } from './health.controller.ts';
import { Readiness } from './readiness.ts';
import type { ReadinessCheck } from './readiness-check.ts';

/** `/health/live` and `/health/ready`, and the `Readiness` of this process for whoever injects it. */
@Global()
@Module({})
export class HealthModule {
  static forPlane(options: {
    readonly checks: readonly Type<ReadinessCheck>[];
    /** Modules that export what the checks inject. */
    readonly imports?: ModuleMetadata['imports'];
  }): DynamicModule {
    return {
      module: HealthModule,
      imports: [TerminusModule.forRoot({ logger: false }), ...(options.imports ?? [])],
      controllers: [HealthController],
      providers: [
        Readiness,
        ...options.checks,
        {
          provide: READINESS_CHECKS,
          useFactory: (...checks: ReadinessCheck[]) => checks,
          inject: [...options.checks],
        },
      ],
      exports: [Readiness],
    };
  }
}
