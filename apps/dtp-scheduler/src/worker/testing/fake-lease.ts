import { monotonicMs, WorkerLease } from '../../queue/lease/lease.port.ts';

/** A lease in a spec's hands.. */
export class FakeLease extends WorkerLease {
  readonly acquired: string[] = [];
  beatMs = Number.NEGATIVE_INFINITY;
  closed = false;
  private readonly listeners: ((workerId: string) => void)[] = [];

  async acquire(workerId: string): Promise<void> {
    this.acquired.push(workerId);
    this.beat();
  }

  beat(): void {
    this.beatMs = monotonicMs();
  }

  lastBeatMs(): number {
    return this.beatMs;
  }

  onLapsed(listener: (workerId: string) => void): void {
    this.listeners.push(listener);
  }

  abandon(): void {
    this.beatMs = Number.NEGATIVE_INFINITY;
  }

  async close(): Promise<void> {
    this.closed = true;
  }

  lapse(workerId: string): void {
    for (const listener of this.listeners) listener(workerId);
  }
}
