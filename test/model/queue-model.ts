import { type AttemptOutcome, isTerminal, type SchedulerTaskState } from '@taskpilot/contracts';
import type { AttemptEnd, AttemptRef, ClaimRequest } from '../../apps/dtp-scheduler/src/queue/task-queue.ts';
import { ModelLeases } from './model-leases.ts';
import {
  GRACE,
  isHeld,
  isInLane,
  isWaiting,
  LEASE,
  type Minutes,
  type ModelTask,
  type NewModelTask,
  outcomeOf,
  type WaitingModelWorker,
} from './model-task.ts';

const MAX_LOST = 3;

const toMinutes = (ms: number): Minutes => ms / 60_000;

/**
 * The execution engine as its rules describe it, in memory, with a clock that is set by hand. Each verb does what the
 * queue's verb of that name must do, and answers what it must answer.
 */
export class QueueModel {
  now: Minutes = 0;
  readonly tasks = new Map<string, ModelTask>();
  readonly pruned = new Set<string>();
  readonly leases = new ModelLeases();
  /** Tasks whose deadline no sweep has seen to yet. */
  readonly deadlines = new Set<string>();
  private readonly keys = new Map<string, { readonly id: string; readonly hash: string }>();

  /** @param waiting a worker that waits for tasks: one that it can run is its own at once */
  enqueue(task: NewModelTask, waiting: WaitingModelWorker | null): 'created' | 'existing' | 'mismatch' | 'pruned' {
    const earlier = task.key === null ? undefined : this.keys.get(task.key);
    if (earlier) {
      if (this.pruned.has(earlier.id)) return 'pruned';
      return earlier.hash === task.hash ? 'existing' : 'mismatch';
    }
    const { id, key, hash, type, priority, maxAttempts, deadlineAt } = task;
    if (key !== null) this.keys.set(key, { id, hash });
    if (deadlineAt !== null) this.deadlines.add(id);
    const runAt = Math.max(task.runAt, this.now);
    const counters = { stateSeq: 1, attempt: 0, failed: 0, lost: 0 };
    const none = { holder: null, graceUntil: null, error: null, result: null, attempts: [] };
    const given = { id, type, priority, maxAttempts, deadlineAt, runAt };
    // Where the deadline has passed already the task waits for its sweep alone: there is nothing to move.
    const moved = runAt <= this.now || (deadlineAt ?? Number.POSITIVE_INFINITY) <= this.now;
    const created: ModelTask = { ...given, state: 'QUEUED', ...counters, moved, ...none };
    this.tasks.set(id, created);
    const isTaken = waiting && this.isAlive(waiting.id) && waiting.types.includes(type) && this.isClaimable(created);
    if (isTaken) this.hold(created, waiting.id);
    return 'created';
  }

  register(worker: string): void {
    this.leases.extend(worker, this.now + LEASE);
  }

  /** A lapsed lease is never revived. */
  heartbeat(worker: string): boolean {
    if (!this.isAlive(worker)) return false;
    this.register(worker);
    return true;
  }

  isAlive(worker: string): boolean {
    return this.leases.until(worker) > this.now;
  }

  isExpired({ deadlineAt }: ModelTask): boolean {
    return deadlineAt !== null && deadlineAt <= this.now;
  }

  isClaimable(task: ModelTask): boolean {
    return isWaiting(task) && task.moved && !this.isExpired(task);
  }

  /** @param inLine whether the first task stands before the second in the line of those that are ready */
  claim(
    worker: string,
    { types, lane, limit }: Pick<ClaimRequest, 'types' | 'lane' | 'limit'>,
    inLine: (a: string, b: string) => number,
  ): ModelTask[] {
    if (!this.isAlive(worker)) return [];
    const claimed = [...this.tasks.values()]
      .filter((task) => this.isClaimable(task) && types.includes(task.type) && isInLane(task, lane))
      .sort((a, b) => b.priority - a.priority || inLine(a.id, b.id))
      .slice(0, limit);
    for (const task of claimed) this.hold(task, worker);
    return claimed;
  }

  private hold(task: ModelTask, worker: string): void {
    this.enter(task, 'RUNNING');
    task.attempt++;
    task.holder = worker;
  }

  end(worker: string, end: AttemptEnd): 'recorded' | 'stale' {
    const task = this.tasks.get(end.id);
    const isOurs = task && isHeld(task) && task.holder === worker && task.attempt === end.attempt;
    if (!isOurs || !this.isAlive(worker) || (end.verb === 'settle' && task.state === 'RUNNING')) {
      const done = task?.attempts.find(({ number }) => number === end.attempt);
      return done?.worker === worker && done.outcome === outcomeOf(end) ? 'recorded' : 'stale';
    }
    if (end.verb === 'fail' || end.verb === 'retry') {
      task.failed++;
      task.error = end.error.code;
    }
    this.close(task, outcomeOf(end), task.state === 'RUNNING' ? this.afterEnd(task, end) : null);
    return 'recorded';
  }

  /** Moves a running task on; answers when it may run again. */
  private afterEnd(task: ModelTask, end: AttemptEnd): Minutes | null {
    switch (end.verb) {
      case 'complete':
        task.error = null;
        task.result = JSON.parse(end.result);
        this.enter(task, 'SUCCEEDED');
        return null;
      case 'retry': {
        const retryAt = this.now + toMinutes(end.delayMs);
        if (task.deadlineAt === null || retryAt < task.deadlineAt) return this.wait(task, 'RETRYING', retryAt);
        task.error = 'DEADLINE_EXCEEDED';
        this.enter(task, 'FAILED');
        return null;
      }
      case 'snooze':
        return this.wait(task, 'QUEUED', this.now + toMinutes(end.delayMs));
      case 'release':
        return this.release(task);
      default:
        this.enter(task, 'FAILED');
        return null;
    }
  }

  /** What the worker's claims hold and its memory does not is given back. */
  audit(worker: string, memory: readonly AttemptRef[]): number {
    if (!this.isAlive(worker)) return 0;
    return this.giveBack(
      worker,
      (task) => !memory.some(({ id, attempt }) => id === task.id && attempt === task.attempt),
    );
  }

  retire(worker: string): number {
    if (!this.leases.end(worker)) return 0;
    return this.giveBack(worker, () => true);
  }

  private giveBack(worker: string, isChosen: (task: ModelTask) => boolean): number {
    const chosen = [...this.tasks.values()].filter((task) => task.holder === worker && isChosen(task));
    for (const task of chosen) {
      this.close(task, 'RELEASED', task.state === 'CANCELLING' ? null : this.release(task));
    }
    return chosen.length;
  }

  /** Claimable at once: its `runAt` has passed already. */
  private release(task: ModelTask): Minutes {
    this.enter(task, 'QUEUED');
    task.moved = true;
    return this.now;
  }

  /** Takes everything from the worker whose lease ended first; `null` when none has. */
  rescue(): number | null {
    const dead = this.leases.firstLapsed(this.now);
    if (dead === null) return null;
    this.leases.end(dead);
    const held = [...this.tasks.values()].filter(({ holder }) => holder === dead);
    for (const task of held) {
      task.lost++;
      let retryAt: Minutes | null = null;
      if (task.state === 'RUNNING') {
        task.error = this.isExpired(task) ? 'DEADLINE_EXCEEDED' : 'WORKER_LOST';
        if (task.lost >= MAX_LOST || this.isExpired(task)) this.enter(task, 'FAILED');
        else retryAt = this.wait(task, 'RETRYING', this.now);
      }
      this.close(task, 'LOST', retryAt);
    }
    return held.length;
  }

  cancel(id: string): { readonly kind: 'accepted' | 'terminal' | 'pruned' | 'unknown'; state?: SchedulerTaskState } {
    const task = this.tasks.get(id);
    if (!task) return { kind: this.pruned.has(id) ? 'pruned' : 'unknown' };
    if (isTerminal(task.state)) return { kind: 'terminal', state: task.state };
    if (isWaiting(task)) this.enter(task, 'CANCELLED');
    else if (task.state === 'RUNNING') {
      this.enter(task, 'CANCELLING');
      task.graceUntil = this.now + GRACE;
    }
    return { kind: 'accepted', state: task.state };
  }

  settleOverdueCancels(): number {
    const overdue = [...this.tasks.values()].filter(
      ({ state, graceUntil }) => state === 'CANCELLING' && (graceUntil ?? 0) <= this.now,
    );
    for (const task of overdue) this.close(task, 'CANCELLED', null);
    return overdue.length;
  }

  /** An accepted cancel goes before the deadline, so that there is nothing left to do about it. */
  expireDeadlines(): number {
    const due = [...this.deadlines].filter((id) => {
      const task = this.tasks.get(id);
      return task !== undefined && this.isExpired(task);
    });
    for (const id of due) {
      this.deadlines.delete(id);
      const task = this.tasks.get(id)!;
      if (task.state === 'CANCELLING' || isTerminal(task.state)) continue;
      const wasRunning = task.state === 'RUNNING';
      if (wasRunning) task.failed++;
      task.error = 'DEADLINE_EXCEEDED';
      this.enter(task, 'FAILED');
      if (wasRunning) this.close(task, 'TIMED_OUT', null);
    }
    return due.length;
  }

  moveDue(): void {
    for (const task of this.tasks.values()) if (isWaiting(task) && task.runAt <= this.now) task.moved = true;
  }

  prune(): void {
    for (const { id, state } of this.tasks.values()) {
      if (!isTerminal(state)) continue;
      this.tasks.delete(id);
      this.deadlines.delete(id);
      this.pruned.add(id);
    }
  }

  private wait(task: ModelTask, state: 'QUEUED' | 'RETRYING', runAt: Minutes): Minutes {
    this.enter(task, state);
    task.runAt = runAt;
    task.moved = runAt <= this.now;
    return runAt;
  }

  private enter(task: ModelTask, state: SchedulerTaskState): void {
    task.state = state;
    task.stateSeq++;
  }

  /** Ends the open attempt. Whatever it did, a task that was being cancelled is cancelled now. */
  private close(task: ModelTask, outcome: AttemptOutcome, retryAt: Minutes | null): void {
    if (task.state === 'CANCELLING') this.enter(task, 'CANCELLED');
    task.attempts.push({ number: task.attempt, worker: task.holder ?? '', outcome, retryAt });
    task.holder = null;
    task.graceUntil = null;
  }
}
