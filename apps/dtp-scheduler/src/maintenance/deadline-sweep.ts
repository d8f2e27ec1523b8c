import { Injectable } from '@nestjs/common';
import { TaskQueue } from '../queue/task-queue.ts';
import type { Sweep } from './sweep.ts';

const BATCH = 500;

/** Ends tasks whose deadline has passed. */
@Injectable()
export class DeadlineSweep implements Sweep {
  readonly name = 'deadline-sweep';
  readonly everyMs = 1_000;

  constructor(private readonly queue: TaskQueue) {}

  async run(stopping: AbortSignal): Promise<void> {
    while (!stopping.aborted && (await this.queue.expireDeadlines(BATCH)) === BATCH);
  }
}
