import { Injectable } from '@nestjs/common';
import { MAX_BATCH_ITEMS } from '@taskpilot/contracts';
import { GroupCommit, IdSequence, ProblemError, TypeOrmSql } from '@taskpilot/platform';
import { DataSource, In } from 'typeorm';
import { WebTask } from '../database/entities/web-task.entity.ts';
import { findKeyedWebTasks, type KeyedWebTask } from './statements/find-keyed-web-tasks.ts';
import { findPage } from './statements/find-page.ts';
import { insertWebTasks, type NewWebTask, type WebTaskSpec } from './statements/insert-web-tasks.ts';

/** As many as one call may create. */
const MOST_ROWS = MAX_BATCH_ITEMS;

/** The new task, or `created: false` and what its idempotency key made before, as it is now. */
export interface CreatedWebTask {
  readonly task: WebTask;
  readonly created: boolean;
}

export interface WebTaskPage {
  readonly tasks: readonly WebTask[];
  readonly hasMore: boolean;
}

/** WebTasks in `webdb`: made and read. What moves them on stands in `binding/`. */
@Injectable()
export class WebTaskStore {
  private readonly inserts: GroupCommit<NewWebTask, Date | null>;
  private readonly lookups: GroupCommit<string, KeyedWebTask | null>;
  private readonly ids = new IdSequence();

  constructor(
    private readonly dataSource: DataSource,
    private readonly sql: TypeOrmSql,
  ) {
    this.inserts = new GroupCommit(async (tasks) => {
      const createdAt = await insertWebTasks(sql, tasks);
      return tasks.map(({ id }) => createdAt.get(id) ?? null);
    }, MOST_ROWS);
    this.lookups = new GroupCommit(async (keys) => {
      const byKey = new Map((await findKeyedWebTasks(sql, keys)).map((task) => [task.idempotencyKey, task]));
      return keys.map((key) => byKey.get(key) ?? null);
    }, MOST_ROWS);
  }

  /** @throws ProblemError IDEMPOTENCY_MISMATCH */
  async create(spec: WebTaskSpec): Promise<CreatedWebTask> {
    const task = { ...spec, id: this.ids.next() };
    const createdAt = await this.inserts.submit(task);
    if (createdAt) return { task: asCreated(task, createdAt), created: true };
    // By a statement of its own, since the first one cannot see what it has met. If it fails, it does so for this task
    // alone: others of that first one are durable.
    const earlier = await this.lookups.submit(task.idempotencyKey ?? '');
    // A key that has been forgotten meanwhile is free again.
    if (!earlier) return this.create(spec);
    if (earlier.requestHash !== task.requestHash) {
      throw new ProblemError(
        'IDEMPOTENCY_MISMATCH',
        'This Idempotency-Key has made a task from another body. Repeat that body, or use a new key.',
      );
    }
    return { task: earlier, created: false };
  }

  /** @throws ProblemError TASK_NOT_FOUND */
  async get(id: string): Promise<WebTask> {
    const task = await this.dataSource.getRepository(WebTask).findOneBy({ id });
    if (!task) throw new ProblemError('TASK_NOT_FOUND', `There is no task ${id}.`);
    return task;
  }

  /** A page of at most `limit` tasks, fewer where they are large: newest first, older than `before`, if given. */
  async list(limit: number, before: string | null): Promise<WebTaskPage> {
    const { ids, hasMore } = await findPage(this.sql, limit, before);
    const tasks = await this.dataSource.getRepository(WebTask).find({ where: { id: In(ids) }, order: { id: 'DESC' } });
    return { tasks, hasMore };
  }
}

/** What the database now holds, without reading it back. */
function asCreated(task: NewWebTask, createdAt: Date): WebTask {
  const { idempotencyKey: _key, requestHash: _hash, traceparent: _trace, ...fields } = task;
  return {
    ...fields,
    runAt: task.runAt === null ? null : new Date(task.runAt),
    deadlineAt: task.deadlineAt === null ? null : new Date(task.deadlineAt),
    status: 'PENDING',
    schedulerTaskId: null,
    bindError: null,
    createdAt,
    updatedAt: createdAt,
  };
}
