import { Module } from '@nestjs/common';
import { BindingModule } from '../binding/binding.module.ts';
import { BatchController } from './batch.controller.ts';
import { BatchItemBinder } from './batch-item-binder.ts';
import { TasksController } from './tasks.controller.ts';
import { WebTaskStore } from './web-task-store.ts';

@Module({
  imports: [BindingModule],
  controllers: [TasksController, BatchController],
  providers: [WebTaskStore, BatchItemBinder],
  exports: [WebTaskStore],
})
export class TasksModule {}
