import type { Sql } from '@taskpilot/platform';
import type { PostgresHints } from '../queue/postgres-hints.ts';
import { PostgresTaskQueue } from '../queue/postgres-task-queue.ts';
import type { EnqueuedRow } from '../queue/statements/enqueue-tasks.ts';
import type {
  AttemptEnd,
  AuditRequest,
  CancelAnswer,
  ClaimedTask,
  ClaimLane,
  ClaimRequest,
  EndAnswer,
  Moved,
  NewTask,
  PruneAnswer,
} from '../queue/task-queue.ts';
import type { QueueCounters } from './queue-counters.ts';

/** The queue, counting what it is answered. An answer that was lost is not counted until its repeat is. */
export class MeteredTaskQueue extends PostgresTaskQueue {
  constructor(
    sql: Sql,
    hints: PostgresHints,
    private readonly counters: QueueCounters,
  ) {
    super(sql, hints);
  }

  override async claim(request: ClaimRequest): Promise<readonly ClaimedTask[]> {
    const { lane } = request;
    const tasks = await this.timed('claim', super.claim(request));
    if (tasks.length > 0) this.countClaimed(lane, tasks);
    return tasks;
  }

  override async end(workerId: string, ends: readonly AttemptEnd[]): Promise<readonly EndAnswer[]> {
    const answers = await this.timed('end', super.end(workerId, ends));
    this.counters.batches.observe({ call: 'end' }, ends.length);
    this.countEnds(ends, answers);
    return answers;
  }

  override async cancel(id: string, graceMs: number): Promise<CancelAnswer> {
    const answer = await super.cancel(id, graceMs);
    if (answer.kind === 'accepted') this.counters.cancels.inc();
    return answer;
  }

  override async audit(request: AuditRequest): Promise<number> {
    const released = await super.audit(request);
    this.counters.released.inc(released);
    return released;
  }

  override async retire(workerId: string): Promise<number> {
    const released = await super.retire(workerId);
    this.counters.released.inc(released);
    return released;
  }

  override async moveDue(limit: number): Promise<Moved> {
    const moved = await super.moveDue(limit);
    this.counters.due.inc(moved.moved);
    return moved;
  }

  override async rescue(): Promise<number | null> {
    const rescued = await super.rescue();
    this.counters.rescued.inc(rescued ?? 0);
    return rescued;
  }

  override async rescueStray(limit: number): Promise<number> {
    const rescued = await super.rescueStray(limit);
    this.counters.rescued.inc(rescued);
    return rescued;
  }

  override async prune(retentionDays: number, limit: number): Promise<PruneAnswer> {
    const answer = await this.timed('prune', super.prune(retentionDays, limit));
    this.counters.pruned.inc(answer.removed);
    return answer;
  }

  protected override announceStored(rows: readonly EnqueuedRow[], tasks: readonly NewTask[]): void {
    this.counters.enqueued.inc(rows.length);
    this.counters.batches.observe({ call: 'enqueue' }, rows.length);
    super.announceStored(rows, tasks);
  }

  protected override claimedAtOnce(tasks: readonly ClaimedTask[]): void {
    this.countClaimed('fresh', tasks);
  }

  private countClaimed(lane: ClaimLane, tasks: readonly ClaimedTask[]): void {
    this.counters.claimed.inc({ lane }, tasks.length);
    this.counters.batches.observe({ call: 'claim' }, tasks.length);
  }

  private async timed<T>(call: 'claim' | 'end' | 'prune', answer: Promise<T>): Promise<T> {
    const startedAt = performance.now();
    const answered = await answer;
    this.counters.seconds.observe({ call }, (performance.now() - startedAt) / 1_000);
    return answered;
  }

  private countEnds(ends: readonly AttemptEnd[], answers: readonly EndAnswer[]): void {
    const recorded = new Map<AttemptEnd['verb'], number>();
    let stale = 0;
    for (const [index, { verb }] of ends.entries()) {
      if (answers[index] === 'stale') stale++;
      else recorded.set(verb, (recorded.get(verb) ?? 0) + 1);
    }
    for (const [verb, count] of recorded) this.counters.ended.inc({ verb }, count);
    this.counters.stale.inc(stale);
  }
}
