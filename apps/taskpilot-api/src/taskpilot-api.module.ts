import { type DynamicModule, Global, Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import {
  DatabaseCheck,
  DatabaseModule,
  HealthModule,
  MetricsModule,
  MigrationsCheck,
  TaskPilotConfig,
} from '@taskpilot/platform';
import { BindingModule } from './binding/binding.module.ts';
import { createWebdbDataSource } from './database/data-source.ts';
import { ExecutionModule } from './execution/execution.module.ts';
import { BINDING_GAUGES, readBindingFigures } from './metrics/binding-gauges.ts';
import { RetentionModule } from './retention/retention.module.ts';
import { InstanceCheck } from './scheduler-client/instance.check.ts';
import { SchedulerClientModule } from './scheduler-client/scheduler-client.module.ts';
import { TasksModule } from './tasks/tasks.module.ts';

/** The control plane. Global for the sake of its one provider, the settings. */
@Global()
@Module({})
export class TaskPilotApiModule {
  static forConfig(config: TaskPilotConfig): DynamicModule {
    return {
      module: TaskPilotApiModule,
      imports: [
        ScheduleModule.forRoot(),
        DatabaseModule.connect(createWebdbDataSource(config), config),
        MetricsModule.forPlane({ prefix: 'taskpilot', read: readBindingFigures, gauges: BINDING_GAUGES }),
        SchedulerClientModule,
        TasksModule,
        BindingModule,
        ExecutionModule,
        RetentionModule,
        HealthModule.forPlane({
          checks: [DatabaseCheck, MigrationsCheck, InstanceCheck],
          imports: [SchedulerClientModule],
        }),
      ],
      providers: [{ provide: TaskPilotConfig, useValue: config }],
      exports: [TaskPilotConfig],
    };
  }
}
