import {
  DEFAULT_RETRY_POLICY,
  isDefaultRetryPolicy,
  type RetryPolicy,
  type SchedulerTaskView,
} from '@taskpilot/contracts';
import type { SchedulerTask } from '../../database/entities/scheduler-task.entity.ts';

/** A task's row as its view shows it. */
export type TaskRow = Omit<SchedulerTask, 'traceparent' | 'completedBy'>;

/** Its columns, from a table or an alias named `task`. */
export const TASK_COLUMNS = `
  task.id, task.idempotency_key AS "idempotencyKey", task.type, task.payload, task.queue, task.priority, task.state,
  task.state_seq AS "stateSeq", task.attempt, task.failed_attempts AS "failedAttempts",
  task.lost_attempts AS "lostAttempts", task.max_attempts AS "maxAttempts", task.retry_policy AS "retryPolicy",
  task.timeout_ms AS "timeoutMs", task.deadline_at AS "deadlineAt", task.run_at AS "runAt",
  task.started_at AS "startedAt", task.finished_at AS "finishedAt", task.cancel_requested_at AS "cancelRequestedAt",
  task.worker_id AS "workerId", task.result, task.error, task.created_at AS "createdAt", task.updated_at AS "updatedAt"`;

/** How a policy is stored: `null` stands for the default, which most tasks have. */
export const retryPolicyColumn = (policy: RetryPolicy): string | null =>
  isDefaultRetryPolicy(policy) ? null : JSON.stringify(policy);

const iso = (time: Date | null): string | null => time?.toISOString() ?? null;

export function taskView(row: TaskRow): SchedulerTaskView {
  return {
    id: row.id,
    idempotencyKey: row.idempotencyKey,
    type: row.type,
    payload: row.payload,
    queue: row.queue,
    priority: row.priority,
    state: row.state,
    stateSeq: row.stateSeq,
    attempt: row.attempt,
    failedAttempts: row.failedAttempts,
    lostAttempts: row.lostAttempts,
    maxAttempts: row.maxAttempts,
    retryPolicy: row.retryPolicy ?? DEFAULT_RETRY_POLICY,
    timeoutMs: row.timeoutMs,
    deadlineAt: iso(row.deadlineAt),
    runAt: row.runAt.toISOString(),
    startedAt: iso(row.startedAt),
    finishedAt: iso(row.finishedAt),
    cancelRequestedAt: iso(row.cancelRequestedAt),
    workerId: row.workerId,
    result: row.result,
    error: row.error,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}
