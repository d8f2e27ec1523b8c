import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { InstanceId } from '../database/instance-id.ts';
import { QueueModule } from '../queue/queue.module.ts';
import { HandlerRegistryModule } from '../worker/handler-registry.module.ts';
import { BatchController } from './batch.controller.ts';
import { InstanceGuard } from './instance.guard.ts';
import { TaskService } from './task-service.ts';
import { TasksController } from './tasks.controller.ts';

@Module({
  imports: [QueueModule, HandlerRegistryModule],
  controllers: [BatchController, TasksController],
  providers: [
    TaskService,
    InstanceId,
    // On every route: the control plane asks a health check who it is talking to.
    { provide: APP_GUARD, useClass: InstanceGuard },
  ],
})
export class HttpModule {}
