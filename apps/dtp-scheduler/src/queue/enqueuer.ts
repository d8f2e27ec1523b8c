import type { SchedulerTaskView } from '@taskpilot/contracts';
import { GroupCommit, isDatabaseUnavailable, type Sql } from '@taskpilot/platform';
import { type EnqueuedRow, enqueueTasks } from './statements/enqueue-tasks.ts';
import { findByKeys, type KeyedRow } from './statements/find-by-keys.ts';
import { findTask } from './statements/find-task.ts';
import { taskView } from './statements/task-row.ts';
import type { EnqueueAnswer, NewTask } from './task-queue.ts';

const MAX_BATCH = 500;

/** Tasks that are enqueued at the same time share one statement and one commit; each is answered after its own. */
export class Enqueuer {
  private readonly group: GroupCommit<NewTask, EnqueueAnswer | null>;

  constructor(
    private readonly sql: Sql,
    private readonly onStored: (rows: readonly EnqueuedRow[], tasks: readonly NewTask[]) => void,
  ) {
    this.group = new GroupCommit((tasks) => this.store(tasks), MAX_BATCH);
  }

  async enqueue(task: NewTask): Promise<EnqueueAnswer> {
    for (;;) {
      const answer = await this.group.submit(task).catch((error) => this.settleUnknown(task, error));
      if (answer) return answer;
      // The key was taken, and forgotten by the pruner before it could be looked up. It is free now.
    }
  }

  /** A statement whose connection failed may have been committed all the same, its answer lost. The id tells. */
  private async settleUnknown(task: NewTask, error: unknown): Promise<EnqueueAnswer> {
    const stored = isDatabaseUnavailable(error) ? await findTask(this.sql, task.id).catch(() => undefined) : undefined;
    if (!stored) throw error;
    return { kind: 'created', task: taskView(stored) };
  }

  private async store(tasks: readonly NewTask[]): Promise<(EnqueueAnswer | null)[]> {
    const rows = await enqueueTasks(this.sql, tasks);
    const stored = new Map(rows.map((row) => [row.id, row]));
    if (rows.length > 0) this.onStored(rows, tasks);
    const earlier = await this.findEarlier(tasks.filter((task) => !stored.has(task.id)));
    return tasks.map((task) => {
      const row = stored.get(task.id);
      if (row) return { kind: 'created', task: newTaskView(task, row) };
      const before = earlier.get(task.idempotencyKey ?? '');
      return before ? repeatAnswer(task, before) : null;
    });
  }

  /** What took the keys of these tasks: a statement of its own, since the one before it can't see it. */
  private async findEarlier(tasks: readonly NewTask[]): Promise<ReadonlyMap<string, KeyedRow>> {
    if (tasks.length === 0) return new Map();
    const rows = await findByKeys(
      this.sql,
      tasks.flatMap((task) => task.idempotencyKey ?? []),
    );
    return new Map(rows.map((row) => [row.key, row]));
  }
}

function repeatAnswer(task: NewTask, earlier: KeyedRow): EnqueueAnswer {
  if (earlier.task_id === task.id && earlier.id !== null) return { kind: 'created', task: taskView(earlier) };
  // First, since nothing can be done any more about a task that is gone, whatever its body was.
  if (earlier.id === null) return { kind: 'pruned', taskId: earlier.task_id };
  if (earlier.request_hash !== task.requestHash) return { kind: 'mismatch' };
  return { kind: 'existing', task: taskView(earlier) };
}

/** What was just stored, without reading it back. */
function newTaskView(task: NewTask, row: EnqueuedRow): SchedulerTaskView {
  const createdAt = row.created_at.toISOString();
  return {
    id: task.id,
    idempotencyKey: task.idempotencyKey,
    type: task.type,
    payload: task.payload,
    queue: task.queue,
    priority: task.priority,
    state: 'QUEUED',
    stateSeq: 1,
    attempt: 0,
    failedAttempts: 0,
    lostAttempts: 0,
    maxAttempts: task.retryPolicy.maxAttempts,
    retryPolicy: task.retryPolicy,
    timeoutMs: task.timeoutMs,
    deadlineAt: task.deadlineAt,
    runAt: row.run_at.toISOString(),
    startedAt: null,
    finishedAt: null,
    cancelRequestedAt: null,
    workerId: null,
    result: null,
    error: null,
    createdAt,
    updatedAt: createdAt,
  };
}
