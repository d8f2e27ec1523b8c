import type { SchedulerTaskView } from '@taskpilot/contracts';
import { isDatabaseUnavailable } from '@taskpilot/platform';
import type { Sql } from './sql.ts';
import { type EnqueuedRow, enqueueTasks } from './statements/enqueue-tasks.ts';
import { findByKeys, type KeyedRow } from './statements/find-by-keys.ts';
import { findTask } from './statements/find-task.ts';
import { taskView } from './statements/task-row.ts';
import type { EnqueueAnswer, NewTask } from './task-queue.ts';

const MAX_BATCH = 500;
const MAX_IN_FLIGHT = 2;

interface Waiting {
  readonly task: NewTask;
  readonly resolve: (answer: EnqueueAnswer) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Lets tasks that are enqueued at the same time share one statement and one commit; each is answered only once its own
 * row is durable. There is no timer: the first goes at once, and what arrives while it is on its way goes together.
 */
export class EnqueueBatcher {
  private waiting: Waiting[] = [];
  private inFlight = 0;

  constructor(
    private readonly sql: Sql,
    private readonly onStored: (rows: readonly EnqueuedRow[], tasks: readonly NewTask[]) => void,
  ) {}

  enqueue(task: NewTask): Promise<EnqueueAnswer> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ task, resolve, reject });
      this.flush();
    });
  }

  private flush(): void {
    while (this.inFlight < MAX_IN_FLIGHT && this.waiting.length > 0) {
      const batch = this.waiting.splice(0, MAX_BATCH);
      this.inFlight++;
      void this.store(batch).finally(() => {
        this.inFlight--;
        this.flush();
      });
    }
  }

  private async store(batch: readonly Waiting[]): Promise<void> {
    const tasks = batch.map(({ task }) => task);
    try {
      const answers = await this.storeTogether(tasks);
      for (const waiting of batch) {
        const answer = answers.get(waiting.task.id);
        // No answer: the key was taken, and forgotten by the pruner before it could be looked up. It is free now.
        if (answer) waiting.resolve(answer);
        else void this.store([waiting]);
      }
    } catch (error) {
      if (batch.length > 1 && !isDatabaseUnavailable(error)) await this.storeOneByOne(batch);
      else await Promise.all(batch.map((waiting) => this.settleUnknown(waiting, error)));
    }
  }

  /** One row that PostgreSQL refuses must not take the others down with it. Same ids, so nothing is stored twice. */
  private async storeOneByOne(batch: readonly Waiting[]): Promise<void> {
    for (const waiting of batch) await this.store([waiting]);
  }

  /** A failed statement may have been committed all the same, its answer lost. The id tells. */
  private async settleUnknown({ task, resolve, reject }: Waiting, error: unknown): Promise<void> {
    try {
      const stored = await findTask(this.sql, task.id);
      if (!stored) return reject(error);
      resolve({ kind: 'created', task: taskView(stored) });
    } catch {
      reject(error);
    }
  }

  private async storeTogether(tasks: readonly NewTask[]): Promise<ReadonlyMap<string, EnqueueAnswer>> {
    const rows = await enqueueTasks(this.sql, tasks);
    const stored = new Map(rows.map((row) => [row.id, row]));
    if (rows.length > 0) this.onStored(rows, tasks);

    const repeated = tasks.filter((task) => !stored.has(task.id));
    const keys = repeated.flatMap((task) => task.idempotencyKey ?? []);
    const earlier = new Map((keys.length > 0 ? await findByKeys(this.sql, keys) : []).map((row) => [row.key, row]));

    const answers = new Map<string, EnqueueAnswer>();
    for (const task of tasks) {
      const row = stored.get(task.id);
      const before = earlier.get(task.idempotencyKey ?? '');
      if (row) answers.set(task.id, { kind: 'created', task: newTaskView(task, row) });
      else if (before) answers.set(task.id, repeatAnswer(task, before));
    }
    return answers;
  }
}

function repeatAnswer(task: NewTask, earlier: KeyedRow): EnqueueAnswer {
  if (earlier.task_id === task.id && earlier.id !== null) return { kind: 'created', task: taskView(earlier) };
  if (earlier.request_hash !== task.requestHash) return { kind: 'mismatch' };
  if (earlier.id === null) return { kind: 'pruned', taskId: earlier.task_id };
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
