import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { DtpConfig } from '@taskpilot/platform';
import { type PruneAnswer, TaskQueue } from '../queue/task-queue.ts';
import type { Sweep } from './sweep.ts';

const STEP = 500;
/** At most 2,500 tasks looked at in a second, so that pruning never competes with work. */
const PAUSE_MS = 200;

/** Removes tasks that ended before the retention, and what is remembered of those removed long ago. */
@Injectable()
export class TaskPruner implements Sweep {
  readonly name = 'task-pruner';
  readonly everyMs = 60_000;

  constructor(
    private readonly queue: TaskQueue,
    private readonly config: DtpConfig,
  ) {}

  async run(stopping: AbortSignal): Promise<void> {
    const { retentionDays } = this.config;
    await this.walk(() => this.queue.prune(retentionDays, STEP), stopping);
    await this.walk(() => this.queue.forget(retentionDays, STEP), stopping);
  }

  private async walk(step: () => Promise<PruneAnswer>, stopping: AbortSignal): Promise<void> {
    while (!stopping.aborted) {
      const { isLast } = await step();
      if (isLast) return;
      await sleep(PAUSE_MS, undefined, { signal: stopping });
    }
  }
}
