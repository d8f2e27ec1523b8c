import { Injectable } from '@nestjs/common';
import { DtpConfig } from '@taskpilot/platform';
import { TaskQueue } from '../queue/task-queue.ts';
import type { Sweep } from './sweep.ts';

/** Takes tasks away from dead workers. */
@Injectable()
export class TaskRescuer implements Sweep {
  readonly name = 'task-rescuer';
  readonly everyMs = 1_000;
  /**
   * One whole lease: an outage of the database lets every lease lapse, and living workers need the chance to hand back
   * what they hold, which costs a task nothing. A rescue counts as a loss.
   */
  readonly restAfterOutageMs: number;

  constructor(
    private readonly queue: TaskQueue,
    config: DtpConfig,
  ) {
    this.restAfterOutageMs = config.leaseMs;
  }

  async run(stopping: AbortSignal): Promise<void> {
    while (!stopping.aborted && (await this.queue.rescue()) !== null);
  }
}
