import { Injectable, Logger } from '@nestjs/common';
import { TaskQueue } from '../queue/task-queue.ts';
import type { Sweep } from './sweep.ts';

const MOST_TYPES = 20;

/** Says which ready tasks wait in vain, because no live worker handles their type. They stay queued. */
@Injectable()
export class UnhandledTypesReport implements Sweep {
  readonly name = 'unhandled-types-report';
  readonly everyMs = 30_000;
  private readonly logger = new Logger(UnhandledTypesReport.name);

  constructor(private readonly queue: TaskQueue) {}

  async run(): Promise<void> {
    const types = await this.queue.unhandledTypes(MOST_TYPES);
    if (types.length === 0) return;
    this.logger.warn(
      `Ready tasks wait for a handler that no live worker has: ${types.join(', ')}. ` +
        'Start a worker that handles them, or cancel them.',
    );
  }
}
