import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Registry } from 'prom-client';
import { EndRecorder } from '../worker/end-recorder.ts';
import { ExecutionSlots } from '../worker/execution-slots.ts';
import { LeaseKeeper } from '../worker/lease-keeper.ts';

/** What this process's worker is doing. Nothing is counted while it works: the figures are read when somebody scrapes. */
@Injectable()
export class WorkerMetrics {
  constructor(registry: Registry, slots: ExecutionSlots, recorder: EndRecorder, lease: LeaseKeeper) {
    const registers = [registry];
    const gauge = (name: string, help: string, read: () => number) =>
      new Gauge({
        name: `dtp_worker_${name}`,
        help,
        registers,
        collect() {
          this.set(read());
        },
      });
    gauge('running', 'Handlers that run.', () => slots.figures.running);
    gauge('waiting', 'Claimed tasks that wait for a slot.', () => slots.figures.waiting);
    gauge('ignoring_signal', 'Slots held by handlers that ignore their signal.', () => slots.figures.ignoring);
    gauge('unrecorded_ends', 'Ends that wait to be written.', () => recorder.backlog);
    gauge('has_lease', '1 while this process holds a lease, without which it claims nothing.', () =>
      lease.isSafe() ? 1 : 0,
    );
    const lost = new Counter({
      name: 'dtp_leases_lost_total',
      help: 'Leases that this process has lost: the database was away, or the process was starved.',
      registers,
    });
    lease.onLost(() => lost.inc());
  }
}
