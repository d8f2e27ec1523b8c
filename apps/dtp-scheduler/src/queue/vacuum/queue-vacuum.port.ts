import type { Upkeep } from './table-upkeep.ts';

export interface DoneUpkeep {
  readonly table: string;
  readonly upkeep: Upkeep;
  readonly tookMs: number;
}

/**
 * Keeps the narrow tables narrow, and the token it is injected by. Autovacuum looks once a minute at best; by then a
 * busy queue has left a million dead rows, which every claim walks over.
 */
export abstract class QueueVacuum {
  /**
   * Looks at each table and does what it needs. Safe in any number of processes at once.
   * @param stopping ends it at once; a vacuum under way is then left to the server
   */
  abstract run(stopping: AbortSignal): Promise<readonly DoneUpkeep[]>;
}
