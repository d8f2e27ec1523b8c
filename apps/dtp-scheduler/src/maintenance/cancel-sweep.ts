import { Injectable } from '@nestjs/common';
import { TaskQueue } from '../queue/task-queue.ts';
import type { Sweep } from './sweep.ts';

const BATCH = 500;

/** Ends cancelled tasks whose handler has not stopped within its grace. */
@Injectable()
export class CancelSweep implements Sweep {
  readonly name = 'cancel-sweep';
  readonly everyMs = 1_000;

  constructor(private readonly queue: TaskQueue) {}

  async run(stopping: AbortSignal): Promise<void> {
    while (!stopping.aborted && (await this.queue.settleOverdueCancels(BATCH)) === BATCH);
  }
}
