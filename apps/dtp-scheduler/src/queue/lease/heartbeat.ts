import { setTimeout as sleep } from 'node:timers/promises';
import type { Sql } from '@taskpilot/platform';
import { heartbeatWorker } from '../statements/heartbeat-worker.ts';
import { registerWorker } from '../statements/register-worker.ts';
import type { LeaseMemory } from './lease-memory.ts';
import type { FromLeaseThread } from './lease-messages.ts';

const BEATS_PER_LEASE = 3;
const retryMs = (): number => 100 + 200 * Math.random();

/** Registers a worker and extends its lease until the signal fires or the lease is found lapsed. */
export class Heartbeat {
  private readonly sql: Sql;
  private readonly memory: LeaseMemory;
  private readonly leaseMs: number;
  private readonly report: (message: FromLeaseThread) => void;

  constructor(sql: Sql, memory: LeaseMemory, leaseMs: number, report: (message: FromLeaseThread) => void) {
    this.sql = sql;
    this.memory = memory;
    this.leaseMs = leaseMs;
    this.report = report;
  }

  async keep(workerId: string, types: readonly string[], signal: AbortSignal): Promise<void> {
    let acquired = false;
    let failing = false;
    while (!signal.aborted) {
      const sentAt = process.hrtime.bigint();
      try {
        const alive = acquired ? await this.beat(workerId) : await this.register(workerId, types);
        if (signal.aborted) return;
        if (!alive) return this.report({ kind: 'lapsed', workerId });
        // The lease runs from when the database received this, which is later: counting from here errs safely.
        this.memory.recordBeat(sentAt);
        if (!acquired) this.report({ kind: 'acquired', workerId });
        acquired = true;
        failing = false;
      } catch (error) {
        if (!failing) this.report({ kind: 'trouble', message: error instanceof Error ? error.message : String(error) });
        failing = true;
      }
      const spentMs = Number(process.hrtime.bigint() - sentAt) / 1e6;
      const pauseMs = failing ? retryMs() : this.leaseMs / BEATS_PER_LEASE - spentMs;
      await sleep(Math.max(pauseMs, 0), undefined, { signal }).catch(() => undefined);
    }
  }
  private beat(workerId: string): Promise<boolean> {
    return heartbeatWorker(this.sql, workerId, this.leaseMs);
  }

  private async register(workerId: string, types: readonly string[]): Promise<true> {
    await registerWorker(this.sql, workerId, types, this.leaseMs);
    return true;
  }
}
