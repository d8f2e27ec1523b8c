import { Injectable } from '@nestjs/common';
import { DtpConfig } from '@taskpilot/platform';
import { QueueHints, TaskQueue } from '../queue/task-queue.ts';
import type { Sweep } from './sweep.ts';

const BATCH = 1_000;
/** The next one fell due while the statement ran. */
const DUE_ALREADY_MS = 1;

/** Makes scheduled tasks claimable when their time has come. */
@Injectable()
export class DueMover implements Sweep {
  readonly name = 'due-mover';
  readonly everyMs: number;

  constructor(
    private readonly queue: TaskQueue,
    private readonly hints: QueueHints,
    config: DtpConfig,
  ) {
    this.everyMs = config.pollMs;
  }

  wakeOn(wake: () => void): () => void {
    return this.hints.onScheduled(wake);
  }

  /** Answers when the next task is due. */
  async run(stopping: AbortSignal): Promise<number> {
    while (!stopping.aborted) {
      const { moved, nextInMs } = await this.queue.moveDue(BATCH);
      if (moved === BATCH) continue;
      if (nextInMs === null) break;
      return Math.max(Math.ceil(nextInMs), DUE_ALREADY_MS);
    }
    return this.everyMs;
  }
}
