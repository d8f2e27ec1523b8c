import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { DataSource } from 'typeorm';
import { Instance } from '../database/entities/instance.entity.ts';
import { QueueModule } from '../queue/queue.module.ts';
import { HandlerRegistryModule } from '../worker/handler-registry.module.ts';
import { InstanceGuard } from './instance.guard.ts';
import { InstanceId } from './instance-id.ts';
import { TaskService } from './task-service.ts';
import { TasksController } from './tasks.controller.ts';

@Module({
  imports: [QueueModule, HandlerRegistryModule],
  controllers: [TasksController],
  providers: [
    TaskService,
    // On every route: the control plane asks a health check who it is talking to.
    { provide: APP_GUARD, useClass: InstanceGuard },
    {
      provide: InstanceId,
      useFactory: async (dataSource: DataSource) => {
        const { id } = await dataSource.getRepository(Instance).findOneByOrFail({ singleton: true });
        return new InstanceId(id);
      },
      inject: [DataSource],
    },
  ],
})
export class HttpModule {}
