import inspector from 'node:inspector';
import { extname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { Logger } from '@nestjs/common';
import { WorkerLease } from './lease.port.ts';
import { LeaseMemory } from './lease-memory.ts';
import type { FromLeaseThread, LeaseThreadOptions, ToLeaseThread } from './lease-messages.ts';
import { stampPeriodMs } from './stamp-period.ts';

/** `.js` where this was built, `.ts` where it runs from source. */
const THREAD = new URL(`./lease.thread${extname(import.meta.url)}`, import.meta.url);
const RESPAWN_MS = 1_000;
const CLOSE_MS = 1_000;

interface Acquisition {
  readonly workerId: string;
  readonly types: readonly string[];
  readonly resolve: () => void;
  acquired: boolean;
}

/** A lease kept by a worker thread, so that a handler which blocks the event loop does not lose it at once. */
export class ThreadedLease extends WorkerLease {
  private readonly logger = new Logger('WorkerLease');
  private readonly options: { readonly url: string; readonly leaseMs: number };
  private readonly memory = new LeaseMemory();
  private readonly listeners: ((workerId: string) => void)[] = [];
  private thread: Worker | null = null;
  private stamping: NodeJS.Timeout | undefined;
  private current: Acquisition | null = null;

  constructor(options: { readonly url: string; readonly leaseMs: number }) {
    super();
    this.options = options;
  }

  acquire(workerId: string, types: readonly string[]): Promise<void> {
    return new Promise((resolve) => {
      this.current = { workerId, types, resolve, acquired: false };
      this.post({ kind: 'acquire', workerId, types });
    });
  }

  lastBeatMs(): number {
    return this.memory.lastBeatMs();
  }

  onLapsed(listener: (workerId: string) => void): void {
    this.listeners.push(listener);
  }

  abandon(): void {
    this.current = null;
    this.thread?.postMessage({ kind: 'abandon' } satisfies ToLeaseThread);
  }

  async close(): Promise<void> {
    const thread = this.thread;
    this.current = null;
    clearInterval(this.stamping);
    if (!thread) return;
    const exited = new Promise<void>((resolve) => thread.once('exit', () => resolve()));
    thread.postMessage({ kind: 'close' } satisfies ToLeaseThread);
    await Promise.race([exited, sleep(CLOSE_MS, undefined, { ref: false })]);
    await thread.terminate();
  }

  private post(message: ToLeaseThread): void {
    this.thread ??= this.spawn();
    this.thread.postMessage(message);
  }

  private spawn(): Worker {
    const { url, leaseMs } = this.options;
    clearInterval(this.stamping);
    this.stamping = setInterval(() => this.memory.stamp(), stampPeriodMs(leaseMs)).unref();
    // A breakpoint blocks the main thread too, and is no reason to die.
    const watchdog = inspector.url() === undefined;
    const workerData: LeaseThreadOptions = { url, leaseMs, buffer: this.memory.buffer, watchdog };
    const thread = new Worker(THREAD, { workerData });
    thread.on('message', (message: FromLeaseThread) => this.receive(message));
    thread.on('error', (error) => this.logger.error(`The lease's thread failed: ${error}`));
    thread.once('exit', () => this.exited(thread));
    thread.unref();
    return thread;
  }

  private receive(message: FromLeaseThread): void {
    if (message.kind === 'trouble') {
      this.logger.warn(`A heartbeat failed and is tried again: ${message.message}`);
      return;
    }
    // Or about a lease that has been abandoned meanwhile.
    if (message.workerId !== this.current?.workerId) return;
    if (message.kind === 'lapsed') this.lapsed(this.current);
    else {
      this.current.acquired = true;
      this.current.resolve();
    }
  }

  private exited(thread: Worker): void {
    if (this.thread === thread) this.thread = null;
    const current = this.current;
    if (current?.acquired) this.lapsed(current);
    else if (current) setTimeout(() => this.resume(current), RESPAWN_MS).unref();
  }

  private resume(acquisition: Acquisition): void {
    if (this.current !== acquisition) return;
    this.post({ kind: 'acquire', workerId: acquisition.workerId, types: acquisition.types });
  }

  private lapsed({ workerId }: Acquisition): void {
    this.current = null;
    for (const listener of this.listeners) listener(workerId);
  }
}
