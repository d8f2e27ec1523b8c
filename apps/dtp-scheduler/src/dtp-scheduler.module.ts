import { type DynamicModule, Global, Module } from '@nestjs/common';
import { DatabaseCheck, DtpConfig, HealthModule, MigrationsCheck } from '@taskpilot/platform';
import { DatabaseModule } from './database/database.module.ts';
import { HandlersModule } from './handlers/handlers.module.ts';
import { HttpModule } from './http/http.module.ts';
import { MaintenanceModule } from './maintenance/maintenance.module.ts';
import { WorkerModule } from './worker/worker.module.ts';

/** Offers the one frozen configuration to every module. */
@Global()
@Module({})
// biome-ignore lint/complexity/noStaticOnlyClass: the form of a dynamic module in Nest
class ConfigModule {
  static of(config: DtpConfig): DynamicModule {
    return { module: ConfigModule, providers: [{ provide: DtpConfig, useValue: config }], exports: [DtpConfig] };
  }
}

/** The execution plane. Its role decides whether it serves the API, runs tasks, or both; maintenance runs everywhere. */
@Module({})
// biome-ignore lint/complexity/noStaticOnlyClass: the form of a dynamic module in Nest
export class DtpSchedulerModule {
  static forConfig(config: DtpConfig): DynamicModule {
    return {
      module: DtpSchedulerModule,
      imports: [
        ConfigModule.of(config),
        HealthModule.forPlane({ imports: [DatabaseModule], checks: [DatabaseCheck, MigrationsCheck] }),
        HandlersModule.forEnvironment(config.nodeEnv),
        MaintenanceModule,
        ...(config.role === 'worker' ? [] : [HttpModule]),
        ...(config.role === 'api' ? [] : [WorkerModule]),
      ],
    };
  }
}
