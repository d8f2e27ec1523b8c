import { Module } from '@nestjs/common';
import { SchedulerClientModule } from '../scheduler-client/scheduler-client.module.ts';
import { BindingController } from './binding.controller.ts';
import { BindingDriver } from './binding-driver.ts';
import { BindingReconciler } from './binding-reconciler.ts';
import { BindingStore } from './binding-store.ts';
import { TaskBinder } from './task-binder.ts';

@Module({
  imports: [SchedulerClientModule],
  controllers: [BindingController],
  providers: [BindingStore, BindingDriver, BindingReconciler, TaskBinder],
  exports: [TaskBinder],
})
export class BindingModule {}
