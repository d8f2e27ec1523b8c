import { Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { WorkerMetrics } from '../metrics/worker-metrics.ts';
import { LeaseModule } from '../queue/lease/lease.module.ts';
import { QueueModule } from '../queue/queue.module.ts';
import { CancelWatch } from './cancel-watch.ts';
import { EndRecorder } from './end-recorder.ts';
import { ExecutionSlots } from './execution-slots.ts';
import { HandlerRegistryModule } from './handler-registry.module.ts';
import { HeldAttempts } from './held-attempts.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import { TaskExecutor } from './task-executor.ts';
import { WorkerLifecycle } from './worker-lifecycle.ts';
import { WorkerLoop } from './worker-loop.ts';

/** Runs tasks. Imported where the process's role says so. */
@Module({
  imports: [QueueModule, LeaseModule, HandlerRegistryModule, ScheduleModule.forRoot()],
  providers: [
    WorkerLifecycle,
    WorkerMetrics,
    WorkerLoop,
    LeaseKeeper,
    ExecutionSlots,
    TaskExecutor,
    EndRecorder,
    HeldAttempts,
    CancelWatch,
  ],
})
export class WorkerModule {}
