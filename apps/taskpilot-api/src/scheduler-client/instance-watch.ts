import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { TaskPilotConfig } from '@taskpilot/platform';
import { SchedulerClient } from './scheduler-client.ts';

const WATCH = 'watch DTP instance';

/**
 * Asks DTP who it is, at every interval: a process that gets no traffic must notice too that `DTP_URL` has come to lead
 * elsewhere, and one that is not ready for that reason that it has been put right.
 */
@Injectable()
export class InstanceWatch implements OnApplicationBootstrap {
  private isAsking = false;

  constructor(
    private readonly client: SchedulerClient,
    private readonly timers: SchedulerRegistry,
    private readonly config: TaskPilotConfig,
  ) {}

  onApplicationBootstrap(): void {
    this.timers.addInterval(
      WATCH,
      setInterval(() => void this.ask(), this.config.reconcileMs),
    );
    void this.ask();
  }

  private async ask(): Promise<void> {
    if (this.isAsking) return;
    this.isAsking = true;
    try {
      await this.client.probe();
    } catch {
      // No answer is no news, and the client itself takes note of a wrong instance.
    } finally {
      this.isAsking = false;
    }
  }
}
