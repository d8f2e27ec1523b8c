import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { DtpConfig } from '@taskpilot/platform';
import { TaskQueue } from '../queue/task-queue.ts';
import type { Sweep } from './sweep.ts';

const STEP = 500;
/** At most 2,500 tasks a second, so that pruning never competes with work. */
const PAUSE_MS = 200;

/** Removes tasks that ended before the retention. */
@Injectable()
export class TaskPruner implements Sweep {
  readonly name = 'task-pruner';
  readonly everyMs = 60_000;

  constructor(
    private readonly queue: TaskQueue,
    private readonly config: DtpConfig,
  ) {}

  async run(stopping: AbortSignal): Promise<void> {
    while (!stopping.aborted && (await this.queue.prune(this.config.retentionDays, STEP)) > 0) {
      await sleep(PAUSE_MS, undefined, { signal: stopping });
    }
  }
}
