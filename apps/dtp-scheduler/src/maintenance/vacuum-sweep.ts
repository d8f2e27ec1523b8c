import { Injectable, Logger } from '@nestjs/common';
import { QueueVacuum } from '../queue/vacuum/queue-vacuum.port.ts';
import type { Sweep } from './sweep.ts';

/** Keeps the queue's tables small under load, and brings them back to their size after a long transaction has ended. */
@Injectable()
export class VacuumSweep implements Sweep {
  readonly name = 'vacuum-sweep';
  readonly everyMs = 2_000;
  private readonly logger = new Logger(VacuumSweep.name);

  constructor(private readonly vacuum: QueueVacuum) {}

  async run(stopping: AbortSignal): Promise<void> {
    for (const { table, upkeep, tookMs } of await this.vacuum.run(stopping)) {
      this.logger.debug(`${upkeep} ${table}`, { durationMs: Math.round(tookMs) });
    }
  }
}
