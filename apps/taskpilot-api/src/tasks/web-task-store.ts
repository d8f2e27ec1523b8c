import { Injectable } from '@nestjs/common';
import { GroupCommit, ProblemError, TypeOrmSql } from '@taskpilot/platform';
import { DataSource, LessThan } from 'typeorm';
import { WebTask } from '../database/entities/web-task.entity.ts';
import { findKeyedWebTask } from './statements/find-keyed-web-task.ts';
import { insertWebTasks, type NewWebTask } from './statements/insert-web-tasks.ts';

/** WebTasks in `webdb`: made and read. What moves them on stands in `binding/`. */
@Injectable()
export class WebTaskStore {
  private readonly inserts: GroupCommit<NewWebTask, Date | null>;

  constructor(
    private readonly dataSource: DataSource,
    private readonly sql: TypeOrmSql,
  ) {
    this.inserts = new GroupCommit(async (tasks) => {
      const createdAt = await insertWebTasks(sql, tasks);
      return tasks.map(({ id }) => createdAt.get(id) ?? null);
    });
  }

  /**
   * @returns the new task, or `created: false` and what the idempotency key made before, as it is now
   * @throws ProblemError IDEMPOTENCY_MISMATCH
   */
  async create(task: NewWebTask): Promise<{ task: WebTask; created: boolean }> {
    const createdAt = await this.inserts.submit(task);
    if (createdAt) return { task: asCreated(task, createdAt), created: true };
    const earlier = await findKeyedWebTask(this.sql, task.idempotencyKey ?? '');
    if (earlier?.requestHash !== task.requestHash) {
      throw new ProblemError(
        'IDEMPOTENCY_MISMATCH',
        'This Idempotency-Key has made a task from another body. Repeat that body, or use a new key.',
      );
    }
    return { task: earlier as WebTask, created: false };
  }

  /** @throws ProblemError TASK_NOT_FOUND */
  async get(id: string): Promise<WebTask> {
    const task = await this.dataSource.getRepository(WebTask).findOneBy({ id });
    if (!task) throw new ProblemError('TASK_NOT_FOUND', `There is no task ${id}.`);
    return task;
  }

  /** Newest first, older than `before`, if given. */
  list(limit: number, before: string | null): Promise<WebTask[]> {
    return this.dataSource.getRepository(WebTask).find({
      where: before === null ? {} : { id: LessThan(before) },
      order: { id: 'DESC' },
      take: limit,
    });
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
