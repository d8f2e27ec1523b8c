import { Injectable } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { DtpConfig } from '@taskpilot/platform';
import { SteadyInterval } from '../pacing/steady-interval.ts';
import {
  type ClaimedTask,
  type ClaimLane,
  QueueHints,
  type Reservation,
  TaskQueue,
  type WaitingWorker,
} from '../queue/task-queue.ts';
import { Attempt } from './attempt.ts';
import { EndRecorder } from './end-recorder.ts';
import { ExecutionSlots } from './execution-slots.ts';
import { HandlerRegistry } from './handler-registry.ts';
import { HeldAttempts } from './held-attempts.ts';
import { Isolation } from './isolation.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import { Reservations } from './reservations.ts';
import { TaskExecutor } from './task-executor.ts';

const SUSPECTS_EVERY_MS = 500;
const TIDY_EVERY_MS = 250;
/** How many that were lost once are held. In a simulated storm of kills 500 cost 13 % of the innocent tasks; 50, none. */
const MOST_SUSPECTS = 50;
const CLAIMS_AT_ONCE = 2;
/** Callers whose enqueue failed come again: what they may have left running need not wait for the next heartbeat. */
const AUDIT_SOON_MS = 500;
/** So many unwritten ends mean that the database does not keep up: more work would only pile up. */
const MOST_BACKLOG = 2_000;

/**
 * Claims tasks for the execution slots. The interval is the safety net, not the speed: a round claims until the queue
 * is empty or the worker is full, and a freed slot, a hint or a new lease starts another. Where there is room for a
 * second full one, two claims are under way: one is at work in the database while the other's tasks are read and run.
 * While the queue is empty it waits for tasks that are enqueued in this process, which are then claimed as they are
 * stored. Claims and audits never overlap, since an audit would take a claim that it doesn't know for a lost one; it
 * leaves alone those of enqueues that are under way, and none of them begins beside it.
 */
@Injectable()
export class WorkerLoop implements WaitingWorker {
  private readonly interval: SteadyInterval;
  private readonly auditEveryMs: number;
  private unsubscribe: () => void = () => undefined;
  /** Whether the last claim found less than it asked for: then only a hint or the interval asks again. */
  private drained = false;
  private readonly underWay = new Set<Promise<void>>();
  /** Whether the last claim has said that nothing is queued, and no hint has come since it was asked. */
  private foundEmpty = false;
  private hintsHeard = 0;
  private readonly reservations = new Reservations();
  /** How many tasks the claims under way have asked for. */
  private asked = 0;
  private failure: unknown;
  private readonly isolation: Isolation;
  private isolationDueAt = 0;
  private lostOnceDueAt = 0;
  private auditDueAt = 0;
  private tidyDueAt = 0;
  private round: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly queue: TaskQueue,
    private readonly hints: QueueHints,
    private readonly lease: LeaseKeeper,
    private readonly registry: HandlerRegistry,
    private readonly slots: ExecutionSlots,
    private readonly executor: TaskExecutor,
    private readonly recorder: EndRecorder,
    private readonly held: HeldAttempts,
    scheduler: SchedulerRegistry,
    config: DtpConfig,
  ) {
    const run = () => this.claimRound();
    this.interval = new SteadyInterval({ name: 'worker-loop', everyMs: config.pollMs, run }, scheduler);
    this.auditEveryMs = config.leaseMs / 3;
    this.isolation = new Isolation(held, {
      longestWaitMs: () => queue.longestLostTwiceMs(registry.types()),
      claim: async () => (slots.suspectRoom() > 0 ? this.claim('lostTwice', 1) : 0),
    });
    slots.onFreed(() => this.freed());
    held.onDropped((attempt) => this.dropped(attempt));
    lease.onRenewed(() => this.interval.wake());
    lease.onLost(() => this.dropAll());
  }

  start(): void {
    this.unsubscribe = this.hints.onReady(() => {
      this.hintsHeard++;
      this.foundEmpty = false;
      this.interval.wake();
    });
    this.interval.start();
    this.queue.attach(this);
  }

  /** Claims nothing more, the slots being closed. Resolves when the claims under way have been answered. */
  async stop(): Promise<void> {
    this.unsubscribe();
    await this.interval.stop();
    await this.reservations.settled();
  }

  reserve(count: number): Reservation | null {
    const { workerId } = this.lease;
    if (workerId === null || !this.waits() || this.slots.free(this.reservations.promised) < count) return null;
    const end = this.reservations.open(count);
    return {
      workerId,
      types: this.registry.types(),
      take: (tasks) => {
        end();
        this.hold(tasks, workerId);
        this.reservationEnded();
      },
      fail: () => {
        end();
        this.auditDueAt = Math.min(this.auditDueAt, performance.now() + AUDIT_SOON_MS);
        this.reservationEnded();
      },
    };
  }

  /** Nothing is queued that a task enqueued now would have to wait behind. */
  private waits(): boolean {
    return (
      this.foundEmpty &&
      this.underWay.size === 0 &&
      !this.reservations.isClosed &&
      !this.isolation.isOn &&
      this.lease.isSafe() &&
      this.recorder.backlog < MOST_BACKLOG
    );
  }

  /** What could not begin beside it, or for the room it kept, can now. */
  private reservationEnded(): void {
    if (this.reservations.isClosed && this.reservations.isIdle) this.interval.wake();
    else this.freed();
  }

  /** Answers when to be run again, where no interval or wake-up would do. */
  private async claimRound(): Promise<number> {
    this.round = this.claimAll();
    await this.round;
    return this.isolation.isOn ? SUSPECTS_EVERY_MS : Number.POSITIVE_INFINITY;
  }

  private async claimAll(): Promise<void> {
    const now = performance.now();
    if (now >= this.tidyDueAt) this.tidy(now);
    // There is room for all then: what somebody has just asked for needn't wait for statements that mostly find nothing.
    // An audit goes first all the same, since it finds what claims took that have failed.
    const isIdle = this.held.size === 0 && !this.isolation.isOn && now < this.auditDueAt;
    if (isIdle) await this.claimFresh();
    if (now >= this.auditDueAt) await this.audit(now);
    if (now >= this.isolationDueAt) await this.isolate(now);
    if (this.isolation.isOn) return;
    const suspects = now >= this.lostOnceDueAt ? await this.claimLostOnce(now) : 0;
    if (!isIdle || !this.drained || suspects > 0) await this.claimFresh();
  }

  /** Ends once the queue is empty or the worker full, and no claim under way. */
  private async claimFresh(): Promise<void> {
    this.drained = false;
    this.foundEmpty = false;
    this.failure = null;
    this.startClaims();
    // Those that start meanwhile are waited for as well.
    for (const claim of this.underWay) await claim;
    if (this.failure) throw this.failure;
  }

  private startClaims(): void {
    while (!this.drained && this.underWay.size < CLAIMS_AT_ONCE) {
      const room = this.recorder.backlog < MOST_BACKLOG ? this.slots.room(this.asked, this.reservations.promised) : 0;
      if (room === 0) return;
      const claim = this.claimRoom(room).then(() => {
        this.underWay.delete(claim);
        this.claimOn();
      });
      this.underWay.add(claim);
    }
  }

  /** Or ends the round, for what must not overlap claims. */
  private claimOn(): void {
    if (this.drained) return;
    const dueAt = Math.min(this.isolationDueAt, this.lostOnceDueAt, this.auditDueAt);
    if (performance.now() >= dueAt) this.interval.wake();
    else this.startClaims();
  }

  /** Never rejects: what goes wrong ends the round. */
  private async claimRoom(room: number): Promise<void> {
    this.asked += room;
    const { hintsHeard } = this;
    try {
      const found = await this.claim('fresh', room);
      if (found < room) this.drained = true;
      this.foundEmpty = found < room && this.lease.isSafe() && hintsHeard === this.hintsHeard;
    } catch (error) {
      this.failure = error;
      this.drained = true;
      this.foundEmpty = false;
    } finally {
      this.asked -= room;
    }
  }

  /** Where tasks are being enqueued for this worker, once they are its own: the loop is woken then. */
  private async isolate(now: number): Promise<void> {
    this.reservations.close('isolation');
    if (!this.reservations.isIdle) return;
    try {
      await this.isolation.step();
      this.isolationDueAt = now + SUSPECTS_EVERY_MS;
    } finally {
      this.reservations.reopen('isolation');
    }
  }

  /** Suspects first, or a steady load of fresh tasks would starve them; and again as long as there are some. */
  private async claimLostOnce(now: number): Promise<number> {
    if (this.slots.suspectRoom() === 0) return 0;
    const held = this.held.all().filter(({ task }) => task.lostAttempts === 1).length;
    const room = Math.min(this.slots.suspectRoom(), MOST_SUSPECTS - held);
    const found = room > 0 ? await this.claim('lostOnce', room) : 0;
    this.lostOnceDueAt = found > 0 ? now : now + SUSPECTS_EVERY_MS;
    return found;
  }

  /** Returns how many tasks were claimed. When it throws, what it took meanwhile is found by the next audit. */
  private async claim(lane: ClaimLane, limit: number): Promise<number> {
    const { workerId } = this.lease;
    const types = this.registry.types();
    if (workerId === null || !this.lease.isSafe() || types.length === 0) return 0;
    return this.hold(await this.queue.claim({ workerId, types, limit, lane }), workerId);
  }

  private hold(tasks: readonly ClaimedTask[], workerId: string): number {
    // A lease lost meanwhile: the old worker is retired after this, and what it holds handed back.
    if (this.lease.workerId !== workerId) return 0;
    const attempts = tasks.map((task) => new Attempt(task, workerId));
    for (const attempt of attempts) this.held.add(attempt);
    this.slots.take(attempts);
    return tasks.length;
  }

  private async audit(now: number): Promise<void> {
    const { workerId } = this.lease;
    if (workerId === null) return;
    this.reservations.close('audit');
    try {
      await this.queue.audit({ workerId, held: this.held.refs() });
      this.auditDueAt = now + this.auditEveryMs;
    } finally {
      this.reservations.reopen('audit');
    }
  }

  private tidy(now: number): void {
    this.slots.reportIgnoring();
    this.slots.handBackOverdue();
    this.tidyDueAt = now + TIDY_EVERY_MS;
  }

  private freed(): void {
    if (this.drained) return;
    if (this.underWay.size > 0) this.claimOn();
    else this.interval.wake();
  }

  /** Recorded: the backlog shrinks, and the next suspect needn't wait for the interval. */
  private dropped({ suspect }: Attempt): void {
    if (suspect) this.lostOnceDueAt = 0;
    const isAlone = this.isolation.isOn && this.held.size === 0;
    if (isAlone) this.isolationDueAt = 0;
    if (suspect || isAlone || !this.drained) this.interval.wake();
  }

  /** Without a lease nothing here is ours any more. Resolves when no claim of the lost worker is on its way. */
  private async dropAll(): Promise<void> {
    for (const attempt of this.held.all()) {
      this.executor.stop(attempt, 'lease');
      this.held.drop(attempt);
    }
    await this.round.catch(() => undefined);
    await this.reservations.settled();
  }
}
