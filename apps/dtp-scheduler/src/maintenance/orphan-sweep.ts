import { Injectable } from '@nestjs/common';
import { TaskQueue } from '../queue/task-queue.ts';
import type { Sweep } from './sweep.ts';

/** Removes what ended tasks have left in the queue, a step a run: claims drop most of it long before. */
@Injectable()
export class OrphanSweep implements Sweep {
  readonly name = 'orphan-sweep';
  readonly everyMs = 60_000;

  constructor(private readonly queue: TaskQueue) {}

  async run(): Promise<void> {
    await this.queue.dropOrphans();
  }
}
