import type { SchedulerTaskView } from '@taskpilot/contracts';
import { GroupCommit, isContactLost, isDatabaseUnavailable, type Sql } from '@taskpilot/platform';
import { type EnqueuedRow, enqueueTasks, type ImmediateClaim } from './statements/enqueue-tasks.ts';
import { findByKeys, type KeyedRow } from './statements/find-by-keys.ts';
import { findTasks } from './statements/find-tasks.ts';
import { taskView } from './statements/task-row.ts';
import type { EnqueueAnswer, NewTask } from './task-queue.ts';

const MAX_BATCH = 500;

/**
 * What a statement made of one of its tasks. `forgotten`: its key was taken, and has been pruned since. `unknown`: its
 * key was taken, and could not be looked up.
 */
type Stored = EnqueueAnswer | { readonly kind: 'forgotten' } | { readonly kind: 'unknown'; readonly error: unknown };

/** A worker's claim of what one statement stores. One of the two ends it. */
export interface PendingClaim extends ImmediateClaim {
  stored(tasks: readonly NewTask[], rows: readonly EnqueuedRow[]): void;
  /** Nobody knows whether the statement was committed. */
  unknown(): void;
}

export interface EnqueueObserver {
  /** Where a worker waits for as many tasks. */
  openClaim(count: number): PendingClaim | null;
  /** Called once a statement that has stored tasks. */
  stored(rows: readonly EnqueuedRow[], tasks: readonly NewTask[]): void;
  /** Called once a statement that may have stored some, its answer lost. */
  unknown(): void;
}

/** Tasks that are enqueued at the same time share one statement and one commit; each is answered after its own. */
export class Enqueuer {
  private readonly group: GroupCommit<NewTask, Stored>;

  constructor(
    private readonly sql: Sql,
    private readonly observer: EnqueueObserver,
  ) {
    this.group = new GroupCommit((tasks) => this.store(tasks), MAX_BATCH);
  }

  async enqueue(task: NewTask): Promise<EnqueueAnswer> {
    for (;;) {
      const stored = await this.group.submit(task);
      if (stored.kind === 'unknown') throw stored.error;
      // A key that is forgotten is free again.
      if (stored.kind !== 'forgotten') return stored;
    }
  }

  private async store(tasks: readonly NewTask[]): Promise<Stored[]> {
    const stored = await this.storeFirsts(firstOfEachKey(tasks));
    const rest = tasks.filter((task) => !stored.has(task.id));
    const answers = new Map(rest.length === 0 ? [] : await this.answerRepeats(rest));
    return tasks.map((task) => stored.get(task.id) ?? answers.get(task.id) ?? { kind: 'forgotten' });
  }

  /** What is stored now, by id. A task that is missing lost its key to an earlier one. */
  private async storeFirsts(tasks: readonly NewTask[]): Promise<ReadonlyMap<string, Stored>> {
    const claim = this.observer.openClaim(tasks.length);
    let rows: readonly EnqueuedRow[];
    try {
      rows = await enqueueTasks(this.sql, tasks, claim);
    } catch (error) {
      if (isDatabaseUnavailable(error)) {
        claim?.unknown();
        return this.findStored(tasks, error).finally(() => isContactLost(error) && this.observer.unknown());
      }
      claim?.stored(tasks, []);
      throw error;
    }
    claim?.stored(tasks, rows);
    if (rows.length > 0) this.observer.stored(rows, tasks);
    const byId = new Map(tasks.map((task) => [task.id, task]));
    return new Map(rows.map((row) => [row.id, created(newTaskView(byId.get(row.id) as NewTask, row))]));
  }

  /** The statement may have been committed all the same, its answer lost. It is atomic: one task tells of all. */
  private async findStored(tasks: readonly NewTask[], error: unknown): Promise<ReadonlyMap<string, Stored>> {
    const ids = tasks.map((task) => task.id);
    const rows = await findTasks(this.sql, ids).catch(() => []);
    if (rows.length === 0) throw error;
    return new Map(rows.map((row) => [row.id, created(taskView(row))]));
  }

  /**
   * By id, what the tasks that took these keys are: asked by a statement of its own, since the one before it can't see
   * them. Its failure is that of these tasks alone: others, of the statement before it, are durable.
   */
  private async answerRepeats(tasks: readonly NewTask[]): Promise<[id: string, answer: Stored][]> {
    try {
      const keys = tasks.flatMap((task) => task.idempotencyKey ?? []);
      const earlier = new Map((await findByKeys(this.sql, keys)).map((row) => [row.key, row]));
      return tasks.flatMap((task) => {
        const row = earlier.get(task.idempotencyKey ?? '');
        return row ? [[task.id, repeatAnswer(task, row)]] : [];
      });
    } catch (error) {
      return tasks.map(({ id }) => [id, { kind: 'unknown', error }]);
    }
  }
}

/** Of two tasks of one statement with the same key the first must win, and the statement would take either. */
function firstOfEachKey(tasks: readonly NewTask[]): readonly NewTask[] {
  const keys = new Set<string>();
  return tasks.filter(({ idempotencyKey: key }) => {
    if (key === null) return true;
    const isFirst = !keys.has(key);
    keys.add(key);
    return isFirst;
  });
}

const created = (task: SchedulerTaskView): EnqueueAnswer => ({ kind: 'created', task });

function repeatAnswer(task: NewTask, earlier: KeyedRow): EnqueueAnswer {
  if (earlier.task_id === task.id && earlier.id !== null) return created(taskView(earlier));
  // First, since nothing can be done any more about a task that is gone, whatever its body was.
  if (earlier.id === null) return { kind: 'pruned', taskId: earlier.task_id };
  if (earlier.request_hash !== task.requestHash) return { kind: 'mismatch' };
  return { kind: 'existing', task: taskView(earlier) };
}

/** What was just stored, without reading it back; as it was created, even where a worker has taken it already. */
function newTaskView(task: NewTask, row: EnqueuedRow): SchedulerTaskView {
  const createdAt = row.created_at.toISOString();
  const isDue = row.run_at.getTime() === row.created_at.getTime();
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
    runAt: isDue ? createdAt : row.run_at.toISOString(),
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
