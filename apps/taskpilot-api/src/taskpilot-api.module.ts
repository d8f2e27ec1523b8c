import { type DynamicModule, Global, Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { DatabaseCheck, DatabaseModule, HealthModule, MigrationsCheck, TaskPilotConfig } from '@taskpilot/platform';
import { BindingModule } from './binding/binding.module.ts';
import { createWebdbDataSource } from './database/data-source.ts';
import { ExecutionModule } from './execution/execution.module.ts';
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
        SchedulerClientModule,
        TasksModule,
        BindingModule,
        ExecutionModule,
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
