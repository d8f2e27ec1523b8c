import { Module } from '@nestjs/common';
import { TasksController } from './tasks.controller.ts';
import { WebTaskStore } from './web-task-store.ts';

@Module({
  controllers: [TasksController],
  providers: [WebTaskStore],
  exports: [WebTaskStore],
})
export class TasksModule {}
