import { Module } from '@nestjs/common';
import { SchedulerClientModule } from '../scheduler-client/scheduler-client.module.ts';
import { BindingController } from './binding.controller.ts';
import { BindingDriver } from './binding-driver.ts';
import { BindingReconciler } from './binding-reconciler.ts';
import { BindingStore } from './binding-store.ts';
import { GroupCreate } from './group-create.ts';
import { TaskBinder } from './task-binder.ts';
import { TaskCreator } from './task-creator.ts';

@Module({
  imports: [SchedulerClientModule],
  controllers: [BindingController],
  providers: [TaskCreator, GroupCreate, BindingStore, BindingDriver, BindingReconciler, TaskBinder],
  exports: [TaskBinder],
})
export class BindingModule {}
