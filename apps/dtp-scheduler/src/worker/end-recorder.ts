import { Injectable, Logger } from '@nestjs/common';
import { isDatabaseUnavailable, RateLimitedLog } from '@taskpilot/platform';
import { failurePauseMs } from '../pacing/failure-pause.ts';
import { type AttemptEnd, type EndAnswer, TaskQueue } from '../queue/task-queue.ts';
import type { Attempt } from './attempt.ts';
import { lesserEnds } from './attempt-end.ts';
import { batchLength } from './batch-length.ts';
import { HeldAttempts } from './held-attempts.ts';
import { LeaseKeeper } from './lease-keeper.ts';

const FLUSHES_AT_ONCE = 2;

interface Ending {
  readonly attempt: Attempt;
  readonly end: AttemptEnd;
}

/**
 * Writes how attempts ended: at once while idle, in batches of what has gathered while a write is under way. Keeps
 * trying for as long as the lease lives; repeating an end whose answer was lost is harmless.
 */
@Injectable()
export class EndRecorder {
  private readonly logger = new Logger(EndRecorder.name);
  private readonly staleLog = new RateLimitedLog(this.logger);
  private readonly errorLog = new RateLimitedLog(this.logger);
  private pending: Ending[] = [];
  private flushing = 0;
  private failures = 0;
  private pause: NodeJS.Timeout | null = null;
  private scheduled = false;
  private idleListeners: (() => void)[] = [];
  /** Ends that came too late to be recorded, since the process started. */
  stale = 0;

  constructor(
    private readonly queue: TaskQueue,
    private readonly lease: LeaseKeeper,
    private readonly held: HeldAttempts,
  ) {}

  /** Ends that wait to be written. */
  get backlog(): number {
    return this.pending.length;
  }

  record(attempt: Attempt, end: AttemptEnd): void {
    this.pending.push({ attempt, end });
    this.schedule();
  }

  /** Resolves once everything is written, or dropped because the lease was lost. */
  async flushed(): Promise<void> {
    while (this.pending.length > 0 || this.flushing > 0) {
      await new Promise<void>((resolve) => this.idleListeners.push(resolve));
    }
  }

  /** What ends within the same turn of the event loop shares a statement. */
  private schedule(): void {
    if (this.scheduled || this.pause || this.pending.length === 0) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      this.flush();
    });
  }

  private flush(): void {
    this.dropForeign();
    while (this.flushing < FLUSHES_AT_ONCE && this.pending.length > 0 && !this.pause) {
      const batch = this.pending.splice(0, batchLength(this.pending));
      void this.write(batch);
    }
    if (this.flushing === 0 && this.pending.length === 0) {
      for (const resolve of this.idleListeners.splice(0)) resolve();
    }
  }

  private async write(batch: readonly Ending[]): Promise<void> {
    this.flushing++;
    await this.writeAll(batch);
    this.flushing--;
    this.flush();
  }

  /**
   * Never rejects. One row that the database refuses must not hold up the others: halving finds it in some twenty
   * statements.
   */
  private async writeAll(batch: readonly Ending[]): Promise<void> {
    const only = batch.length === 1 ? batch[0] : undefined;
    try {
      if (only) await this.writeOne(only);
      else this.settle(batch, await this.send(batch));
      this.failures = 0;
    } catch (error) {
      if (only || isDatabaseUnavailable(error)) return this.retryLater(batch, error);
      const half = Math.ceil(batch.length / 2);
      await this.writeAll(batch.slice(0, half));
      await this.writeAll(batch.slice(half));
    }
  }

  private send(batch: readonly Ending[]): Promise<readonly EndAnswer[]> {
    const [first] = batch;
    return this.queue.end(
      first?.attempt.workerId ?? '',
      batch.map(({ end }) => end),
    );
  }

  /** Tries ever less until the database takes it. Throws only where that is unavailable. */
  private async writeOne({ attempt, end }: Ending): Promise<void> {
    const lesser = lesserEnds(attempt.task, end, Math.random);
    for (const next of [end, ...lesser]) {
      try {
        const ending = [{ attempt, end: next }];
        this.settle(ending, await this.send(ending));
        return;
      } catch (error) {
        if (isDatabaseUnavailable(error)) throw error;
        this.errorLog.warn(`The database refuses to ${next.verb} it: ${error}`, ref(end));
      }
    }
    if (lesser.length === 0) return this.held.drop(attempt);
    // Still held: an audit would give it back, to run again and again without a trace.
    this.logger.error('No end of it can be stored: it stays as it is until this worker ends.', ref(end));
  }

  private settle(batch: readonly Ending[], answers: readonly EndAnswer[]): void {
    for (const [index, { attempt, end }] of batch.entries()) {
      this.held.drop(attempt);
      if (answers[index] !== 'stale') continue;
      this.stale++;
      this.staleLog.warn(`StaleAttempt: it was no longer ours to ${end.verb}.`, ref(end));
    }
  }

  private retryLater(batch: readonly Ending[], error: unknown): void {
    this.errorLog.warn(`Ends of ${batch.length} attempts wait for the database: ${error}`);
    this.pending = [...batch, ...this.pending];
    this.failures++;
    this.pause ??= setTimeout(() => {
      this.pause = null;
      this.flush();
    }, failurePauseMs(this.failures));
  }

  /** What a lost lease held is for others to decide. */
  private dropForeign(): void {
    const { workerId } = this.lease;
    const foreign = this.pending.filter(({ attempt }) => attempt.workerId !== workerId);
    if (foreign.length === 0) return;
    for (const { attempt } of foreign) this.held.drop(attempt);
    this.pending = this.pending.filter(({ attempt }) => attempt.workerId === workerId);
  }
}

/** What a line of the log is about. */
const ref = ({ id, attempt }: AttemptEnd) => ({ taskId: id, attempt });
