import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { TaskPilotConfig } from '@taskpilot/platform';
import { SchedulerClient } from './scheduler-client.ts';

const WATCH = 'watch DTP instance';

/**
 * Asks DTP who it is, at the start and then at every interval: readiness must notice a wrong `DTP_URL`, and that it has
 * been put right, without waiting for traffic, which a process that is not ready does not get.
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
    // No answer is no news: DTP may be away, and the client notes the instance of every answer.
    await this.client.probe().catch(() => undefined);
    this.isAsking = false;
  }
}
