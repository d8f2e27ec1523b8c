import { Injectable } from '@nestjs/common';
import { type BindError, MAX_BIND_ITEMS } from '@taskpilot/contracts';
import { GroupCommit, ProblemError, TaskPilotConfig, TypeOrmSql } from '@taskpilot/platform';
import { bindBackoffMs } from './bind-backoff.ts';
import type { Binding, BoundableTask } from './statements/binding-row.ts';
import { type ConfirmBinding, confirmBindings } from './statements/confirm-bindings.ts';
import { findBoundableTasks } from './statements/find-boundable-tasks.ts';
import { type PostponeBinding, postponeBindings } from './statements/postpone-bindings.ts';
import { refuseBinding } from './statements/refuse-binding.ts';
import { type StartBinding, startBindings } from './statements/start-bindings.ts';
import { takeDueBindings } from './statements/take-due-bindings.ts';

/** As many as the reconciler takes, so that each of its steps is one statement. */
const MOST_ROWS = MAX_BIND_ITEMS;

/** The steps of the binding protocol, each one statement; concurrent ones of a kind share it, and its commit. */
@Injectable()
export class BindingStore {
  private readonly starts: GroupCommit<StartBinding, BoundableTask | null>;
  private readonly reads: GroupCommit<string, BoundableTask | null>;
  private readonly confirms: GroupCommit<ConfirmBinding, Date | null>;
  private readonly postpones: GroupCommit<PostponeBinding, undefined>;

  constructor(
    private readonly sql: TypeOrmSql,
    private readonly config: TaskPilotConfig,
  ) {
    this.starts = new GroupCommit(async (starts) => {
      const tasks = await startBindings(sql, starts, config.dtpTimeoutMs);
      const byId = new Map(tasks.map((task) => [task.id, task]));
      return starts.map(({ id }) => byId.get(id) ?? null);
    }, MOST_ROWS);
    // A batch that is repeated reads each of its tasks: one by one they kept the whole pool busy.
    this.reads = new GroupCommit(async (ids) => {
      const tasks = await findBoundableTasks(sql, ids);
      const byId = new Map(tasks.map((task) => [task.id, task]));
      return ids.map((id) => byId.get(id) ?? null);
    }, MOST_ROWS);
    this.confirms = new GroupCommit(async (confirms) => {
      const confirmedAt = await confirmBindings(sql, confirms);
      return confirms.map(({ id }) => confirmedAt.get(id) ?? null);
    }, MOST_ROWS);
    this.postpones = new GroupCommit(async (postpones) => {
      await postponeBindings(sql, postpones);
      return postpones.map(() => undefined);
    }, MOST_ROWS);
  }

  /** @returns the task, now BINDING, or `null` when it is not one that a bind can start from */
  start(id: string, traceparent: string | null): Promise<BoundableTask | null> {
    return this.starts.submit({ id, traceparent });
  }

  /** @throws ProblemError TASK_NOT_FOUND */
  async get(id: string): Promise<BoundableTask> {
    const task = await this.reads.submit(id);
    if (!task) throw new ProblemError('TASK_NOT_FOUND', `There is no task ${id}.`);
    return task;
  }

  /** Whether a binding that was read before is BINDING still, by the same bind. */
  async isUnderWay({ id, generation }: Binding): Promise<boolean> {
    const task = await this.reads.submit(id);
    return task?.status === 'BINDING' && task.generation === generation;
  }

  /** @returns when, or `null` when the binding has been overtaken */
  confirm(id: string, schedulerTaskId: string): Promise<Date | null> {
    return this.confirms.submit({ id, schedulerTaskId });
  }

  /** @returns when, or `null` when the binding has been overtaken */
  refuse(binding: Binding, error: BindError): Promise<Date | null> {
    return refuseBinding(this.sql, binding, error);
  }

  async postpone({ id, generation, attempts }: Binding): Promise<void> {
    await this.postpones.submit({ id, generation, attempts, delayMs: bindBackoffMs(attempts) });
  }

  takeDue(limit: number): Promise<Binding[]> {
    return takeDueBindings(this.sql, limit, this.config.dtpTimeoutMs);
  }
}
