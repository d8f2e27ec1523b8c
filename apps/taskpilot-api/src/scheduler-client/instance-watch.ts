import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { TaskPilotConfig } from '@taskpilot/platform';
import { DtpInstance } from './dtp-instance.ts';
import { SchedulerClient } from './scheduler-client.ts';

const WATCH = 'watch DTP instance';

/**
 * Asks DTP who it is: from the start until it has answered once, and again for as long as it is the wrong one. A
 * process that is not ready gets no traffic that would tell it. Else the answers to ordinary calls tell enough.
 */
@Injectable()
export class InstanceWatch implements OnApplicationBootstrap {
  private isAsking = false;
  private hasHeard = false;

  constructor(
    private readonly client: SchedulerClient,
    private readonly instance: DtpInstance,
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
    if (this.isAsking || (this.hasHeard && this.instance.fault === null)) return;
    this.isAsking = true;
    try {
      await this.client.probe();
      this.hasHeard = true;
    } catch {
      // No answer is no news, and the client itself takes note of a wrong instance.
    } finally {
      this.isAsking = false;
    }
  }
}
