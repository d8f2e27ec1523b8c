import { Module } from '@nestjs/common';
import { BindingModule } from '../binding/binding.module.ts';
import { SchedulerClientModule } from '../scheduler-client/scheduler-client.module.ts';
import { TasksModule } from '../tasks/tasks.module.ts';
import { ExecutionController } from './execution.controller.ts';
import { ExecutionRelay } from './execution-relay.ts';

@Module({
  imports: [TasksModule, BindingModule, SchedulerClientModule],
  controllers: [ExecutionController],
  providers: [ExecutionRelay],
})
export class ExecutionModule {}
