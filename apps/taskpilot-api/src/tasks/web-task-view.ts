import type { WebTaskView } from '@taskpilot/contracts';
import type { WebTask } from '../database/entities/web-task.entity.ts';

/** A task as the wire shows it. */
export function toWebTaskView(task: WebTask): WebTaskView {
  return {
    id: task.id,
    name: task.name,
    type: task.type,
    payload: task.payload,
    queue: task.queue,
    priority: task.priority,
    runAt: task.runAt?.toISOString() ?? null,
    retryPolicy: task.retryPolicy,
    timeoutMs: task.timeoutMs,
    deadlineAt: task.deadlineAt?.toISOString() ?? null,
    labels: task.labels,
    status: task.status,
    schedulerTaskId: task.schedulerTaskId,
    bindError: task.bindError,
    createdAt: task.createdAt.toISOString(),
    updatedAt: task.updatedAt.toISOString(),
  };
}

/** Where a task is read. */
export const locationOf = (id: string): string => `/api/tasks/${id}`;
