import { Injectable } from '@nestjs/common';
import type { WebTaskStatus } from '@taskpilot/contracts';
import { ProblemError } from '@taskpilot/platform';
import { TaskBinder } from '../binding/task-binder.ts';
import type { WebTask } from '../database/entities/web-task.entity.ts';
import { type SchedulerAnswer, SchedulerClient } from '../scheduler-client/scheduler-client.ts';
import { WebTaskStore } from '../tasks/web-task-store.ts';
import { failureToProblem, relayAnswer } from './relay-answer.ts';

const WHY_NOT_BOUND: Readonly<Record<Exclude<WebTaskStatus, 'BOUND'>, string>> = {
  PENDING: 'The task is PENDING: bind it first.',
  BINDING: 'The task is BINDING: DTP has not confirmed its execution yet.',
  BIND_FAILED: 'The task is BIND_FAILED: DTP refused it, see bindError.',
};

const AFTER_A_CANCEL =
  'Whether it has cancelled the task is not known. Cancel it again: a 409 that says CANCELLED then means that it had.';

/** Observes and cancels executions. What DTP says about them is passed on, never reinterpreted. */
@Injectable()
export class ExecutionRelay {
  constructor(
    private readonly tasks: WebTaskStore,
    private readonly binder: TaskBinder,
    private readonly client: SchedulerClient,
  ) {}

  async read(id: string): Promise<SchedulerAnswer> {
    return this.relay(await this.tasks.get(id), (executionId) => this.client.getTask(executionId));
  }

  async listAttempts(id: string): Promise<SchedulerAnswer> {
    return this.relay(await this.tasks.get(id), (executionId) => this.client.listAttempts(executionId));
  }

  /** A binding under way is completed first: the execution may be there already, and must not escape its cancel. */
  async cancel(id: string): Promise<SchedulerAnswer> {
    const task = await this.binder.complete(id);
    if (task.status === 'BINDING') {
      throw new ProblemError('DTP_UNAVAILABLE', 'The task is BINDING and DTP does not confirm. Nothing was changed.', {
        retryAfterS: 2,
      });
    }
    return this.relay(task, (executionId) => this.client.cancelTask(executionId), AFTER_A_CANCEL);
  }

  private async relay(
    { status, schedulerTaskId }: WebTask,
    call: (executionId: string) => Promise<SchedulerAnswer>,
    ifUnknown?: string,
  ): Promise<SchedulerAnswer> {
    if (status !== 'BOUND' || schedulerTaskId === null) {
      throw new ProblemError('TASK_NOT_BOUND', WHY_NOT_BOUND[status as keyof typeof WHY_NOT_BOUND]);
    }
    const answer = await call(schedulerTaskId).catch((error: unknown) => {
      throw failureToProblem(error, ifUnknown);
    });
    return relayAnswer(answer, schedulerTaskId);
  }
}
