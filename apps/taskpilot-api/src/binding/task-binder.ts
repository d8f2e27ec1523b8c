import { Injectable } from '@nestjs/common';
import { requestContext, TaskPilotConfig, within } from '@taskpilot/platform';
import type { WebTask } from '../database/entities/web-task.entity.ts';
import { BindingDriver, type BindOutcome } from './binding-driver.ts';
import { BindingStore } from './binding-store.ts';
import type { Binding, BoundableTask } from './statements/binding-row.ts';

/** Binds a task at a caller's wish. */
@Injectable()
export class TaskBinder {
  constructor(
    private readonly store: BindingStore,
    private readonly driver: BindingDriver,
    private readonly config: TaskPilotConfig,
  ) {}

  /**
   * Starts the binding, or joins the one under way, and waits for it, but no longer than a caller should.
   * @returns the task: BOUND, BIND_FAILED, or still BINDING, in which case the reconciler drives it on
   * @throws ProblemError TASK_NOT_FOUND
   */
  async bind(id: string): Promise<WebTask> {
    const deadline = performance.now() + this.config.bindTimeoutMs;
    const started = await this.store.start(id, requestContext().traceparent);
    const task = started ?? (await this.store.get(id));
    if (!isBinding(task)) return task;
    return this.settle(task, started ? this.driver.drive(task) : this.driver.join(task), deadline - performance.now());
  }

  /**
   * Completes a binding under way; a task without one stays as it is.
   * @throws ProblemError TASK_NOT_FOUND
   */
  async complete(id: string): Promise<WebTask> {
    const task = await this.store.get(id);
    return isBinding(task) ? this.settle(task, this.driver.join(task), this.config.dtpTimeoutMs) : task;
  }

  private async settle(task: WebTask, step: Promise<BindOutcome>, waitMs: number): Promise<WebTask> {
    const outcome = await within(waitMs, step);
    return outcome?.kind === 'overtaken' ? this.store.get(task.id) : withOutcome(task, outcome);
  }
}

function isBinding(task: BoundableTask): task is BoundableTask & Binding {
  return task.body !== null;
}

function withOutcome(task: WebTask, outcome: BindOutcome | null): WebTask {
  switch (outcome?.kind) {
    case 'bound':
      return { ...task, status: 'BOUND', schedulerTaskId: outcome.schedulerTaskId, updatedAt: outcome.at };
    case 'refused':
      return { ...task, status: 'BIND_FAILED', bindError: outcome.error, updatedAt: outcome.at };
    default:
      return task;
  }
}
