import type { DiscoveryService } from '@nestjs/core';
import { SchedulerRegistry } from '@nestjs/schedule';
import type { DtpConfig } from '@taskpilot/platform';
import { TASK_HANDLER, type TaskHandler } from '../../handlers/task-handler.ts';
import { type ClaimedTask, type HintListener, QueueHints } from '../../queue/task-queue.ts';
import { CancelWatch } from '../cancel-watch.ts';
import { EndRecorder } from '../end-recorder.ts';
import { ExecutionSlots } from '../execution-slots.ts';
import { HandlerRegistry } from '../handler-registry.ts';
import { HeldAttempts } from '../held-attempts.ts';
import { LeaseKeeper } from '../lease-keeper.ts';
import { TaskExecutor } from '../task-executor.ts';
import { WorkerLifecycle } from '../worker-lifecycle.ts';
import { WorkerLoop } from '../worker-loop.ts';
import { FakeLease } from './fake-lease.ts';
import { FakeTaskQueue } from './fake-task-queue.ts';

export const configured = (settings: Partial<DtpConfig> = {}): DtpConfig =>
  ({ concurrency: 4, pollMs: 60_000, leaseMs: 30_000, drainMs: 50, ...settings }) as DtpConfig;

let tasks = 0;

export const claimed = (task: Partial<ClaimedTask> = {}): ClaimedTask => ({
  id: `task-${++tasks}`,
  attempt: 1,
  type: 'work',
  payload: {},
  failedAttempts: 0,
  lostAttempts: 0,
  retryPolicy: {
    maxAttempts: 3,
    strategy: 'fixed',
    initialDelayMs: 1_000,
    factor: 1,
    maxDelayMs: 60_000,
    jitter: 'none',
  },
  timeoutMs: 60_000,
  deadlineInMs: null,
  traceparent: null,
  ...task,
});

/** The registry of one handler class per entry. */
export function registryOf(handlers: Record<string, TaskHandler['run']>): HandlerRegistry {
  const providers = Object.entries(handlers).map(([type, run]) => {
    class Handler {}
    Reflect.defineMetadata(TASK_HANDLER, { type }, Handler);
    return { metatype: Handler, instance: { run } };
  });
  const registry = new HandlerRegistry({ getProviders: () => providers } as unknown as DiscoveryService);
  registry.onModuleInit();
  return registry;
}

export class FakeHints extends QueueHints {
  ready: HintListener = () => undefined;
  cancelling: HintListener = () => undefined;

  onReady(listener: HintListener): () => void {
    this.ready = listener;
    return () => undefined;
  }

  onCancelling(listener: HintListener): () => void {
    this.cancelling = listener;
    return () => undefined;
  }

  onScheduled(): () => void {
    return () => undefined;
  }
}

/** A whole worker over a queue and a lease in memory. */
export function createWorker(run: TaskHandler['run'], settings: Partial<DtpConfig> = {}) {
  const config = configured(settings);
  const queue = new FakeTaskQueue();
  const hints = new FakeHints();
  const leasePort = new FakeLease();
  const scheduler = new SchedulerRegistry();
  const registry = registryOf({ work: run });
  const held = new HeldAttempts();
  const lease = new LeaseKeeper(leasePort, queue, registry, config);
  const recorder = new EndRecorder(queue, lease, held);
  const executor = new TaskExecutor(registry, recorder);
  const slots = new ExecutionSlots(executor, config);
  const loop = new WorkerLoop(queue, hints, lease, registry, slots, executor, recorder, held, scheduler, config);
  const cancels = new CancelWatch(queue, hints, lease, held, executor, scheduler);
  const lifecycle = new WorkerLifecycle(lease, loop, cancels, slots, executor, recorder, config);
  return {
    queue,
    hints,
    leasePort,
    scheduler,
    registry,
    held,
    lease,
    recorder,
    executor,
    slots,
    loop,
    cancels,
    lifecycle,
  };
}
