import { type AttemptView, isTerminal, type SchedulerTaskView } from '@taskpilot/contracts';
import type { Sql } from '@taskpilot/platform';
import { v7 as uuidv7 } from 'uuid';
import { ClaimBook } from './claim-book.ts';
import { endAttempts } from './end-attempts.ts';
import { Enqueuer } from './enqueuer.ts';
import { ImmediateClaims } from './immediate-claims.ts';
import type { PostgresHints } from './postgres-hints.ts';
import { ReadyScan } from './ready-scan.ts';
import { auditClaims } from './statements/audit-claims.ts';
import { cancelTask } from './statements/cancel-task.ts';
import { type Claim, claimTasks } from './statements/claim-tasks.ts';
import { dropOrphans, type OrphanStep } from './statements/drop-orphans.ts';
import type { EnqueuedRow } from './statements/enqueue-tasks.ts';
import { expireDeadlines } from './statements/expire-deadlines.ts';
import type { MovedRow } from './statements/fence.ts';
import { findLostTwice } from './statements/find-lost-twice.ts';
import { findTask, isPruned } from './statements/find-task.ts';
import { listAttempts } from './statements/list-attempts.ts';
import { listCancelling } from './statements/list-cancelling.ts';
import { listTasks } from './statements/list-tasks.ts';
import { listUnhandledTypes } from './statements/list-unhandled-types.ts';
import { moveDueTasks } from './statements/move-due-tasks.ts';
import { forgetTasks, pruneTasks } from './statements/prune-tasks.ts';
import { rescueStrayTasks } from './statements/rescue-stray-tasks.ts';
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
  type PruneAnswer,
  type TaskFilter,
  type TaskPage,
  TaskQueue,
  type WaitingWorker,
} from './task-queue.ts';

/** The id before all others. */
const NIL = '00000000-0000-0000-0000-000000000000';

/** The queue on PostgreSQL: each verb is a statement of its own under `statements/`; here they meet their hints. */
export class PostgresTaskQueue extends TaskQueue {
  private readonly enqueuer: Enqueuer;
  /** Of each worker of this process; there is a new one after a lost lease. */
  private readonly claims = new Map<string, ClaimBook>();
  private strayStep: string | null = null;
  private orphanStep: OrphanStep | null = null;
  private pruneStep: string | null = null;
  private forgetStep: string | null = null;
  private readonly scan: ReadyScan;
  private reminder: NodeJS.Timeout | undefined;
  private readonly immediate = new ImmediateClaims(
    (workerId) => this.bookOf(workerId),
    (tasks) => this.claimedAtOnce(tasks),
  );

  constructor(
    private readonly sql: Sql,
    private readonly hints: PostgresHints,
    Scan: typeof ReadyScan = ReadyScan,
  ) {
    super();
    this.scan = new Scan(
      () => performance.now(),
      (inMs) => this.remindIn(inMs),
    );
    this.enqueuer = new Enqueuer(sql, {
      openClaim: (count) => this.immediate.open(count),
      stored: (rows, tasks) => this.announceStored(rows, tasks),
      unknown: () => this.announceReadyOrScheduled(),
    });
    hints.onForeignReady(() => this.scan.reset());
  }

  override enqueue(task: NewTask): Promise<EnqueueAnswer> {
    return this.enqueuer.enqueue(task);
  }

  override attach(worker: WaitingWorker): void {
    this.immediate.attach(worker);
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

  /** Each pass is a claim of its own: one that grew could be deleted by who has read it before. */
  private async claimOnce(request: ClaimRequest): Promise<Claim> {
    const book = this.bookOf(request.workerId);
    const claimId = uuidv7();
    const scan = request.lane === 'fresh' ? this.scan.start() : null;
    const startedAt = performance.now();
    try {
      const claim = await claimTasks(this.sql, { ...request, claimId }, scan?.from ?? null, book.takeFinished());
      if (scan) this.scan.ended(scan, claim.last, performance.now() - startedAt);
      book.opened(claimId, claim.tasks);
      return claim;
    } catch (error) {
      if (scan) this.scan.failed(scan);
      throw error;
    }
  }

  override longestLostTwiceMs(types: readonly string[]): Promise<number | null> {
    return findLostTwice(this.sql, types);
  }

  private bookOf(workerId: string): ClaimBook {
    let book = this.claims.get(workerId);
    if (!book) {
      book = new ClaimBook();
      this.claims.set(workerId, book);
      // The worker before it may have claimed under a lapsed lease: such a scan has seen nothing.
      this.scan.restart();
    }
    return book;
  }

  override async end(workerId: string, ends: readonly AttemptEnd[]): Promise<readonly EndAnswer[]> {
    const { answers, moved } = await endAttempts(this.sql, workerId, ends);
    const book = this.claims.get(workerId);
    for (const [index, end] of ends.entries()) {
      if (answers[index] === 'recorded') book?.ended(end);
      else book?.stale(end);
    }
    this.announceRequeued(moved);
    return answers;
  }

  override cancelling(workerId: string): Promise<readonly AttemptRef[]> {
    return listCancelling(this.sql, workerId);
  }

  override async audit(request: AuditRequest): Promise<number> {
    const book = this.claims.get(request.workerId);
    const pending = this.immediate.pendingIds;
    // What is claimed from here on is no business of this audit's, however late its statement is run.
    const unheld = book?.unheld(request.held, pending) ?? [];
    const released = await this.thenAnnounce(auditClaims(this.sql, request, { before: uuidv7(), pending }));
    for (const attempt of unheld) book?.stale(attempt);
    return released;
  }

  override async retire(workerId: string): Promise<number> {
    const released = await this.thenAnnounce(retireWorker(this.sql, workerId));
    this.claims.delete(workerId);
    return released;
  }

  override async moveDue(limit: number): Promise<Moved> {
    const moved = await moveDueTasks(this.sql, limit);
    if (moved.moved > 0) this.announceSomewhere();
    return moved;
  }

  override async rescue(): Promise<number | null> {
    const rescued = await rescueTasks(this.sql);
    // A worker that held nothing may have died within a claim: what that had locked was passed over by others.
    if (rescued !== null) {
      this.scan.restart();
      this.hints.announceReady();
    }
    return rescued;
  }

  override async rescueStray(limit: number): Promise<number> {
    const { rescued, last } = await rescueStrayTasks(this.sql, limit, this.strayStep);
    this.strayStep = last;
    if (rescued > 0) this.announceSomewhere();
    return rescued;
  }

  override async dropOrphans(): Promise<void> {
    this.orphanStep = await dropOrphans(this.sql, this.orphanStep);
  }

  override expireDeadlines(limit: number): Promise<number> {
    return expireDeadlines(this.sql, limit);
  }

  override settleOverdueCancels(limit: number): Promise<number> {
    return settleOverdueCancels(this.sql, limit);
  }

  override async prune(retentionDays: number, limit: number): Promise<PruneAnswer> {
    const { removed, last } = await pruneTasks(this.sql, retentionDays, limit, this.pruneStep ?? NIL);
    this.pruneStep = last;
    return { removed, isLast: last === null };
  }

  override async forget(retentionDays: number, limit: number): Promise<PruneAnswer> {
    const { removed, last } = await forgetTasks(this.sql, retentionDays, limit, this.forgetStep ?? NIL);
    this.forgetStep = last;
    return { removed, isLast: last === null };
  }

  override unhandledTypes(limit: number): Promise<readonly string[]> {
    return listUnhandledTypes(this.sql, limit);
  }

  private async missing(id: string): Promise<{ readonly kind: 'pruned' | 'unknown' }> {
    return { kind: (await isPruned(this.sql, id)) ? 'pruned' : 'unknown' };
  }

  protected announceStored(rows: readonly EnqueuedRow[], tasks: readonly NewTask[]): void {
    const priorities = new Map(tasks.map((task) => [task.id, task.priority]));
    const ready = rows.filter(({ place }) => place === 'ready');
    const [first] = ready;
    if (first) {
      // One statement's tasks became ready at one time: of them, the highest priority comes first. The time is cut to
      // the millisecond, and as long as the others to compare with: a scan from there starts a little early, never late.
      const rank = Math.min(...ready.map(({ id }) => -(priorities.get(id) ?? 0)));
      this.scan.lowerTo({ rank, readyAt: first.created_at.toISOString().replace('Z', '000Z'), id: NIL });
      this.hints.announceReady();
    }
    if (rows.some(({ place }) => place === 'scheduled')) this.hints.announceScheduled();
  }

  /** For the eye: called with the tasks of each claim that was made while they were stored. */
  protected claimedAtOnce(_tasks: readonly ClaimedTask[]): void {}

  private announceRequeued(moved: readonly MovedRow[]): void {
    const again = moved.filter((row) => row.retry_at !== null);
    if (again.length === 0) return;
    this.announceReadyOrScheduled();
  }

  /** Something may have: which of it is due already is known to the database alone. */
  private announceReadyOrScheduled(): void {
    this.hints.announceScheduled();
    this.announceSomewhere();
  }

  /** Something became ready, at a place in the order that this process does not know. */
  private announceSomewhere(): void {
    this.scan.reset();
    this.hints.announceReady();
  }

  /** A claim that was asked for came too soon to look at all: another one is to. */
  private remindIn(inMs: number): void {
    this.reminder ??= setTimeout(() => {
      this.reminder = undefined;
      this.hints.remindOfReady();
    }, inMs).unref();
  }

  private async thenAnnounce(released: Promise<number>): Promise<number> {
    const count = await released;
    if (count > 0) this.announceSomewhere();
    return count;
  }
}
