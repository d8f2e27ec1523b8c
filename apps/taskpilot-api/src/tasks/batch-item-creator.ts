import { Injectable, Logger } from '@nestjs/common';
import type { WebTaskView } from '@taskpilot/contracts';
import type { Created } from '@taskpilot/platform';
import { assertNotRefused } from '../binding/bind-refused.ts';
import { TaskBinder } from '../binding/task-binder.ts';
import type { WebTask } from '../database/entities/web-task.entity.ts';
import type { WebTaskSpec } from './statements/insert-web-tasks.ts';
import { WebTaskStore } from './web-task-store.ts';
import { toWebTaskView } from './web-task-view.ts';

/** Creates a task of a batch. Items at the same time share their statements, their commits and their calls to DTP. */
@Injectable()
export class BatchItemCreator {
  private readonly logger = new Logger(BatchItemCreator.name);

  constructor(
    private readonly store: WebTaskStore,
    private readonly binder: TaskBinder,
  ) {}

  /** @throws ProblemError IDEMPOTENCY_MISMATCH, BIND_REFUSED */
  async create(newTask: WebTaskSpec, bind: boolean): Promise<Created<WebTaskView>> {
    const { task, created } = await this.store.create(newTask);
    const status = created ? 201 : 200;
    if (!bind) return { status, task: toWebTaskView(task) };
    const after = await this.bind(task);
    assertNotRefused(after);
    return { status: after.status === 'BINDING' ? 202 : status, task: toWebTaskView(after) };
  }

  /** The task is there by now, so that its caller is told of it, even if its binding could not be started. */
  private async bind(task: WebTask): Promise<WebTask> {
    try {
      return await this.binder.bind(task.id);
    } catch (err) {
      this.logger.warn('a task was created, but its binding could not be started', { taskId: task.id, err });
      return task;
    }
  }
}
