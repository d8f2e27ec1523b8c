import { Injectable, Logger } from '@nestjs/common';
import type { WebTaskView } from '@taskpilot/contracts';
import type { Created } from '@taskpilot/platform';
import { assertNotRefused } from '../binding/bind-refused.ts';
import { TaskBinder } from '../binding/task-binder.ts';
import type { WebTask } from '../database/entities/web-task.entity.ts';
import type { CreatedWebTask } from './web-task-store.ts';
import { toWebTaskView } from './web-task-view.ts';

/** Binds a task that a batch has just created. Those at the same time share their statements, commits and calls to DTP. */
@Injectable()
export class BatchItemBinder {
  private readonly logger = new Logger(BatchItemBinder.name);

  constructor(private readonly binder: TaskBinder) {}

  /** @throws ProblemError BIND_REFUSED */
  async answer({ task, created }: CreatedWebTask, bind: boolean): Promise<Created<WebTaskView>> {
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
