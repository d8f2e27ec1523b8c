import { Injectable, Logger } from '@nestjs/common';
import { DtpConfig } from '@taskpilot/platform';
import { TaskQueue } from '../queue/task-queue.ts';
import type { Sweep } from './sweep.ts';

/** How many tasks one step of the walk looks at: cheap, at this interval. */
const STEP = 10_000;

/**
 * Takes tasks away from workers that are not even known any more: a rescue, which starts from the workers, would never
 * find them. None should ever exist, hence the slow walk and the warning.
 */
@Injectable()
export class StraySweep implements Sweep {
  readonly name = 'stray-sweep';
  readonly everyMs = 60_000;
  /** As with a rescue, and for the same reason. */
  readonly restAfterOutageMs: number;
  private readonly logger = new Logger(StraySweep.name);

  constructor(
    private readonly queue: TaskQueue,
    config: DtpConfig,
  ) {
    this.restAfterOutageMs = config.leaseMs;
  }

  async run(): Promise<void> {
    const rescued = await this.queue.rescueStray(STEP);
    if (rescued > 0) {
      this.logger.warn(`Tasks held by workers that do not exist have been rescued: ${rescued}.`);
    }
  }
}
