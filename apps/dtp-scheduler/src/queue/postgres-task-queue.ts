import { type AttemptView, isTerminal, type SchedulerTaskView } from '@taskpilot/contracts';
import type { Sql } from '@taskpilot/platform';
import { ClaimBook } from './claim-book.ts';
import { endAttempts } from './end-attempts.ts';
import { Enqueuer } from './enqueuer.ts';
import type { PostgresHints } from './postgres-hints.ts';
import { ReadyScan } from './ready-scan.ts';
import { auditClaims } from './statements/audit-claims.ts';
import { cancelTask } from './statements/cancel-task.ts';
import { type Claim, claimTasks } from './statements/claim-tasks.ts';
import { dropOrphans } from './statements/drop-orphans.ts';
import type { EnqueuedRow } from './statements/enqueue-tasks.ts';
import { expireDeadlines } from './statements/expire-deadlines.ts';
import type { MovedRow } from './statements/fence.ts';
import { findTask, isPruned } from './statements/find-task.ts';
import { listAttempts } from './statements/list-attempts.ts';
import { listCancelling } from './statements/list-cancelling.ts';
import { listTasks } from './statements/list-tasks.ts';
import { listUnhandledTypes } from './statements/list-unhandled-types.ts';
import { moveDueTasks } from './statements/move-due-tasks.ts';
import { pruneTasks } from './statements/prune-tasks.ts';
import { rescueTasks } from './statements/rescue-tasks.ts';
import { retireWorker } from './statements/retire-worker.ts';
import { settleOverdueCancels } from './statements/settle-overdue-cancels.ts';
import { taskView } from './statements/task-row.ts';
import {
  type AttemptEnd,
  type AttemptRef,
  type AuditRequest,
  type CancelAnswer,
  type ClaimedTask,
  type ClaimRequest,
  type EndAnswer,
  type EnqueueAnswer,
  type FindAnswer,
  type Moved,
  type NewTask,
  type PageRequest,
  type TaskFilter,
  type TaskPage,
  TaskQueue,
} from './task-queue.ts';

/** The queue on PostgreSQL: each verb is a statement of its own under `statements/`; here they meet their hints. */
export class PostgresTaskQueue extends TaskQueue {
  private readonly enqueuer: Enqueuer;
  private readonly claims = new ClaimBook();
  private readonly scan = new ReadyScan(() => performance.now());

  constructor(
    private readonly sql: Sql,
    private readonly hints: PostgresHints,
  ) {
    super();
    this.enqueuer = new Enqueuer(sql, (rows, tasks) => this.announceStored(rows, tasks));
    hints.onForeignReady(() => this.scan.reset());
  }

  override enqueue(task: NewTask): Promise<EnqueueAnswer> {
    return this.enqueuer.enqueue(task);
  }

  override async find(id: string): Promise<FindAnswer<SchedulerTaskView>> {
    const row = await findTask(this.sql, id);
    return row ? { kind: 'found', value: taskView(row) } : this.missing(id);
  }

  override list(filter: TaskFilter, page: PageRequest): Promise<TaskPage> {
    return listTasks(this.sql, filter, page);
  }

  override async attempts(id: string): Promise<FindAnswer<readonly AttemptView[]>> {
    const attempts = await listAttempts(this.sql, id);
    if (attempts.length > 0 || (await findTask(this.sql, id))) return { kind: 'found', value: attempts };
    return this.missing(id);
  }

  override async cancel(id: string, graceMs: number): Promise<CancelAnswer> {
    const moved = await cancelTask(this.sql, id, graceMs);
    if (moved) {
      if (moved.state === 'CANCELLING') this.hints.announceCancelling();
      return { kind: 'accepted', task: taskView(moved) };
    }
    const row = await findTask(this.sql, id);
    if (!row) return this.missing(id);
    // CANCELLING already, or ended: only the latter stands in the way of a repeated cancel.
    return isTerminal(row.state) ? { kind: 'terminal', state: row.state } : { kind: 'accepted', task: taskView(row) };
  }

  override async claim(request: ClaimRequest): Promise<readonly ClaimedTask[]> {
    const tasks: ClaimedTask[] = [];
    let claim: Claim;
    do {
      claim = await this.claimOnce({ ...request, limit: request.limit - tasks.length });
      tasks.push(...claim.tasks);
      // Orphans fill a claim without yielding tasks; only a scan that ran short has seen the end of the queue.
    } while (tasks.length < request.limit && claim.picked > claim.tasks.length && claim.picked > 0);
    return tasks;
  }

  private async claimOnce(request: ClaimRequest): Promise<Claim> {
    const from = request.lane === 'fresh' ? this.scan.start() : null;
    const startedAt = performance.now();
    const claim = await claimTasks(this.sql, request, from, this.claims.takeFinished());
    if (request.lane === 'fresh') this.scan.ended(from, claim.last, performance.now() - startedAt);
    this.claims.opened(request.claimId, claim.tasks);
    return claim;
  }

  override async end(workerId: string, ends: readonly AttemptEnd[]): Promise<readonly EndAnswer[]> {
    const { answers, moved } = await endAttempts(this.sql, workerId, ends);
    for (const end of ends) this.claims.ended(end.id);
    this.announceRequeued(moved);
    return answers;
  }

  override cancelling(workerId: string): Promise<readonly AttemptRef[]> {
    return listCancelling(this.sql, workerId);
  }

  override audit(request: AuditRequest): Promise<number> {
    return this.thenAnnounce(auditClaims(this.sql, request));
  }

  override retire(workerId: string): Promise<number> {
    return this.thenAnnounce(retireWorker(this.sql, workerId));
  }

  override async moveDue(limit: number): Promise<Moved> {
    const moved = await moveDueTasks(this.sql, limit);
    if (moved.moved > 0) this.hints.announceReady();
    return moved;
  }

  override async rescue(): Promise<number | null> {
    const rescued = await rescueTasks(this.sql);
    if (rescued) this.hints.announceReady();
    return rescued;
  }

  override expireDeadlines(limit: number): Promise<number> {
    return expireDeadlines(this.sql, limit);
  }

  override settleOverdueCancels(limit: number): Promise<number> {
    return settleOverdueCancels(this.sql, limit);
  }

  override async prune(retentionDays: number, limit: number): Promise<number> {
    await dropOrphans(this.sql);
    return pruneTasks(this.sql, retentionDays, limit);
  }

  override unhandledTypes(limit: number): Promise<readonly string[]> {
    return listUnhandledTypes(this.sql, limit);
  }

  private async missing(id: string): Promise<{ readonly kind: 'pruned' | 'unknown' }> {
    return { kind: (await isPruned(this.sql, id)) ? 'pruned' : 'unknown' };
  }

  private announceStored(rows: readonly EnqueuedRow[], tasks: readonly NewTask[]): void {
    const priorities = new Map(tasks.map((task) => [task.id, task.priority]));
    const ready = rows.filter((row) => row.ready);
    for (const row of ready) this.scan.lowerTo({ rank: -(priorities.get(row.id) ?? 0), readyAt: row.created_at });
    if (ready.length > 0) this.hints.announceReady();
    if (ready.length < rows.length) this.hints.announceScheduled();
  }

  private announceRequeued(moved: readonly MovedRow[]): void {
    const again = moved.filter((row) => row.retry_at !== null);
    if (again.length === 0) return;
    // Whether each is due already is known to the database alone: wake the mover and the claims.
    this.scan.reset();
    this.hints.announceScheduled();
    this.hints.announceReady();
  }

  private async thenAnnounce(released: Promise<number>): Promise<number> {
    const count = await released;
    if (count > 0) this.hints.announceReady();
    return count;
  }
}
