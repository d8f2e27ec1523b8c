import { type DynamicModule, Global, Module } from '@nestjs/common';
import {
  DatabaseCheck,
  DatabaseModule,
  DtpConfig,
  HealthModule,
  MetricsModule,
  MigrationsCheck,
} from '@taskpilot/platform';
import { createDtpDataSource } from './database/data-source.ts';
import { HandlersModule } from './handlers/handlers.module.ts';
import { HttpModule } from './http/http.module.ts';
import { MaintenanceModule } from './maintenance/maintenance.module.ts';
import { QUEUE_GAUGES } from './metrics/queue-gauges.ts';
import { readQueueFigures } from './queue/statements/read-queue-figures.ts';
import { WorkerModule } from './worker/worker.module.ts';

/**
 * The execution plane. Its role decides whether it serves the API, runs tasks, or both; maintenance runs in every
 * process. Global for the sake of its one provider, the settings.
 */
@Global()
@Module({})
export class DtpSchedulerModule {
  static forConfig(config: DtpConfig): DynamicModule {
    return {
      module: DtpSchedulerModule,
      imports: [
        DatabaseModule.connect(createDtpDataSource(config), config),
        HealthModule.forPlane({ checks: [DatabaseCheck, MigrationsCheck] }),
        MetricsModule.forPlane({ prefix: 'dtp', read: readQueueFigures, gauges: QUEUE_GAUGES }),
        HandlersModule.forEnvironment(config.nodeEnv),
        MaintenanceModule,
        ...(config.role === 'worker' ? [] : [HttpModule]),
        ...(config.role === 'api' ? [] : [WorkerModule]),
      ],
      providers: [{ provide: DtpConfig, useValue: config }],
      exports: [DtpConfig],
    };
  }
}
