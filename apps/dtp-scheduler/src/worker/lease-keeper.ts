import { Injectable, Logger } from '@nestjs/common';
import { DtpConfig, within } from '@taskpilot/platform';
import { v7 as uuidv7 } from 'uuid';
import { failurePauseMs } from '../pacing/failure-pause.ts';
import { monotonicMs, WorkerLease } from '../queue/lease/lease.port.ts';
import { TaskQueue } from '../queue/task-queue.ts';
import { HandlerRegistry } from './handler-registry.ts';

const MOST_MARGIN_MS = 1_000;

/** Told the worker id that no longer counts. What it returns is waited for, a while, before the old worker is retired. */
export type LostListener = (workerId: string) => Promise<void> | void;

/**
 * Who this worker is, and until when. Its id is minted, never configured: a worker whose lease has lapsed is another
 * one from then on, so that nothing which is still under way under the old id can pass for current.
 */
@Injectable()
export class LeaseKeeper {
  private readonly logger = new Logger(LeaseKeeper.name);
  private readonly lostListeners: LostListener[] = [];
  private readonly renewedListeners: (() => void)[] = [];
  private readonly leaseMs: number;
  private readonly marginMs: number;
  private current: string | null = null;
  /** Lost and not retired yet. */
  private lost: string | null = null;
  private check: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(
    private readonly lease: WorkerLease,
    private readonly queue: TaskQueue,
    private readonly registry: HandlerRegistry,
    config: DtpConfig,
  ) {
    this.leaseMs = config.leaseMs;
    this.marginMs = Math.min(config.leaseMs / 10, MOST_MARGIN_MS);
    lease.onLapsed((workerId) => this.lose(workerId, 'has lapsed'));
  }

  /** `null` while there is no lease. */
  get workerId(): string | null {
    return this.current;
  }

  /** Whether the lease lives beyond doubt: by our own monotonic clock, from when the last good heartbeat was sent. */
  isSafe(): boolean {
    return this.current !== null && this.safeForMs() > 0;
  }

  onLost(listener: LostListener): void {
    this.lostListeners.push(listener);
  }

  onRenewed(listener: () => void): void {
    this.renewedListeners.push(listener);
  }

  /** Goes for the first lease, for as long as that takes. */
  start(): void {
    void this.renew();
  }

  /** Hands back everything still held and gives up the lease. Tries once: where it fails, the lease ends by itself. */
  async close(): Promise<void> {
    const workerId = this.current ?? this.lost;
    this.closed = true;
    this.current = null;
    clearTimeout(this.check);
    this.lease.abandon();
    try {
      if (workerId) await this.queue.retire(workerId);
    } catch (error) {
      this.logger.warn(`Worker ${workerId} could not retire; its lease of ${this.leaseMs} ms runs out: ${error}`);
    }
    await this.lease.close();
  }

  private safeForMs(): number {
    return this.lease.lastBeatMs() + this.leaseMs - this.marginMs - monotonicMs();
  }

  private watch(): void {
    clearTimeout(this.check);
    this.check = setTimeout(
      () => {
        if (!this.current) return;
        if (this.safeForMs() > 0) this.watch();
        else this.lose(this.current, 'is about to end without a good heartbeat');
      },
      Math.max(this.safeForMs(), 1),
    ).unref();
  }

  private lose(workerId: string, how: string): void {
    if (this.current !== workerId) return;
    this.logger.warn(`The lease of worker ${workerId} ${how}: its handlers are stopped, and a new worker takes over.`);
    this.current = null;
    this.lost = workerId;
    clearTimeout(this.check);
    this.lease.abandon();
    const told = Promise.allSettled(this.lostListeners.map(async (listener) => listener(workerId)));
    // Not for ever: a query that hangs must not let others rescue, as lost, what could be handed back.
    void within(this.leaseMs / 3, told)
      .then(() => this.retire(workerId))
      .then(() => this.renew());
  }

  /**
   * What is still its own costs the tasks nothing this way; a rescuer would count it as a loss. After an outage those
   * wait for one lease alone, so it is tried more often than that, however long the outage was.
   */
  private async retire(workerId: string): Promise<void> {
    for (let failures = 1; !this.closed; failures++) {
      try {
        await this.queue.retire(workerId);
        this.lost = null;
        return;
      } catch {
        const pauseMs = failurePauseMs(failures, Math.random, this.leaseMs / 3);
        await new Promise((resolve) => setTimeout(resolve, pauseMs).unref());
      }
    }
  }

  private async renew(): Promise<void> {
    if (this.closed) return;
    const workerId = uuidv7();
    await this.lease.acquire(workerId, this.registry.types());
    if (this.closed) return;
    this.current = workerId;
    this.logger.log(`Worker ${workerId} has its lease.`);
    this.watch();
    for (const listener of this.renewedListeners) listener();
  }
}
