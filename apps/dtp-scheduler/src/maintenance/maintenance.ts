import { type BeforeApplicationShutdown, Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { isContactLost } from '@taskpilot/platform';
import { SteadyInterval } from '../pacing/steady-interval.ts';
import { DatabaseContact } from './database-contact.ts';
import type { Sweep } from './sweep.ts';

export const SWEEPS = Symbol('sweeps');

/** Runs every sweep on an interval of its own, from the application's start to its shutdown. */
@Injectable()
export class Maintenance implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private intervals: readonly SteadyInterval[] = [];
  private unsubscribers: readonly (() => void)[] = [];

  constructor(
    @Inject(SWEEPS) private readonly sweeps: readonly Sweep[],
    private readonly contact: DatabaseContact,
    private readonly registry: SchedulerRegistry,
  ) {}

  onApplicationBootstrap(): void {
    this.intervals = this.sweeps.map((sweep) => this.start(sweep));
  }

  async beforeApplicationShutdown(): Promise<void> {
    for (const unsubscribe of this.unsubscribers) unsubscribe();
    await Promise.all(this.intervals.map((interval) => interval.stop()));
  }

  private start(sweep: Sweep): SteadyInterval {
    const { name, everyMs } = sweep;
    const interval = new SteadyInterval({ name, everyMs, run: (stopping) => this.run(sweep, stopping) }, this.registry);
    const unsubscribe = sweep.wakeOn?.(() => interval.wake());
    if (unsubscribe) this.unsubscribers = [...this.unsubscribers, unsubscribe];
    interval.start();
    return interval;
  }

  private async run(sweep: Sweep, stopping: AbortSignal): Promise<number> {
    if (this.contact.unbrokenMs() < (sweep.restAfterOutageMs ?? 0)) return sweep.everyMs;
    try {
      const soonMs = await sweep.run(stopping);
      this.contact.answered();
      return typeof soonMs === 'number' ? soonMs : sweep.everyMs;
    } catch (error) {
      if (isContactLost(error)) this.contact.failed();
      throw error;
    }
  }
}
