import { Injectable, Logger } from '@nestjs/common';
import { DtpConfig, RateLimitedLog } from '@taskpilot/platform';
import type { Attempt } from './attempt.ts';
import { CompletionRate } from './completion-rate.ts';
import { TaskExecutor } from './task-executor.ts';

/** At full drain 7 % quicker than 500: what a statement costs besides its rows is shared by more of them. */
const MOST_AT_ONCE = 1_000;
/** How much work may wait here: loss is shared by everything that a process holds. */
const AHEAD_MS = 100;
/** So that a second claim is at work while the tasks of the first are read and run: a fifth more at full drain. */
const MOST_AHEAD = 2 * MOST_AT_ONCE;
/** What has waited this long was claimed on a wrong guess; another worker may be free. */
const MOST_WAIT_MS = 1_000;
/** How long a handler may take to heed its signal before it is said to ignore it. */
const IGNORED_AFTER_MS = 1_000;

/** The places in which handlers run, and a short queue before them. */
@Injectable()
export class ExecutionSlots {
  private readonly log = new RateLimitedLog(new Logger(ExecutionSlots.name));
  private readonly rate = new CompletionRate();
  private readonly concurrency: number;
  private readonly running = new Set<Attempt>();
  private waiting: Attempt[] = [];
  private readonly emptied: (() => void)[] = [];
  private closed = false;
  private freed: () => void = () => undefined;

  constructor(
    private readonly executor: TaskExecutor,
    config: DtpConfig,
  ) {
    this.concurrency = config.concurrency;
  }

  /** The listener is called after each attempt whose handler has settled. */
  onFreed(listener: () => void): void {
    this.freed = listener;
  }

  /** For the eye: how full the slots are, and how many are held by handlers that ignore their signal. */
  get figures(): { readonly running: number; readonly waiting: number; readonly ignoring: number } {
    return { running: this.running.size, waiting: this.waiting.length, ignoring: this.ignoring().length };
  }

  /**
   * How many tasks to claim now, `asked` being under way and `promised` slots kept for others. 0 until it is worth a
   * statement: slots are free, or half of the queue is used up; with another one under way, a full claim.
   */
  room(asked: number, promised: number): number {
    const ahead = this.ahead();
    const room = this.free(asked + promised) + ahead;
    const worthwhile = asked > 0 ? MOST_AT_ONCE : Math.max(ahead / 2, 1);
    return this.closed || room < worthwhile ? 0 : Math.min(room, MOST_AT_ONCE);
  }

  /** How many slots nobody is in, nor waits for, nor has been promised. */
  free(promised: number): number {
    return this.closed ? 0 : this.concurrency - this.running.size - this.waiting.length - promised;
  }

  /** How many suspects to claim now. What waits is not in their way, or a steady load would starve them. */
  suspectRoom(): number {
    if (this.closed) return 0;
    const waiting = this.waiting.filter(({ suspect }) => suspect).length;
    return Math.max(this.concurrency - this.running.size + this.ahead() - waiting, 0);
  }

  /** Suspects go before what waits. */
  take(attempts: readonly Attempt[]): void {
    this.waiting = [...this.waiting, ...attempts].sort((a, b) => Number(b.suspect) - Number(a.suspect));
    if (this.closed) this.handBack(() => true);
    this.fill();
  }

  /** Starts nothing more, and hands back what has not been started. */
  close(): void {
    this.closed = true;
    this.handBack(() => true);
  }

  handBackOverdue(): void {
    this.handBack((attempt) => attempt.ageMs() > MOST_WAIT_MS);
  }

  /** Resolves when no handler runs any more. */
  async settled(): Promise<void> {
    if (this.running.size > 0) await new Promise<void>((resolve) => this.emptied.push(resolve));
  }

  attempts(): readonly Attempt[] {
    return [...this.running];
  }

  reportIgnoring(): void {
    for (const { task, stopCause } of this.ignoring()) {
      this.log.warn(`The handler ignores its signal (${stopCause}) and keeps its slot.`, {
        taskId: task.id,
        type: task.type,
      });
    }
  }

  private ahead(): number {
    return Math.min(this.rate.within(AHEAD_MS), MOST_AHEAD);
  }

  private ignoring(): readonly Attempt[] {
    return [...this.running].filter((attempt) => attempt.stoppedForMs() > IGNORED_AFTER_MS);
  }

  private handBack(chosen: (attempt: Attempt) => boolean): void {
    const { back = [], stay = [] } = Object.groupBy(this.waiting, (attempt) => (chosen(attempt) ? 'back' : 'stay'));
    this.waiting = stay;
    for (const attempt of back) this.executor.release(attempt);
  }

  private fill(): void {
    while (this.running.size < this.concurrency) {
      const next = this.waiting.shift();
      if (!next) return;
      if (!next.decided) this.begin(next);
    }
  }

  private begin(attempt: Attempt): void {
    this.running.add(attempt);
    void this.executor.execute(attempt).then(() => {
      this.running.delete(attempt);
      this.rate.completed();
      this.fill();
      if (this.running.size === 0) for (const resolve of this.emptied.splice(0)) resolve();
      this.freed();
    });
  }
}
