import type { TableFigures } from '../statements/read-table-figures.ts';

export type Upkeep = 'vacuum' | 'reindex';

const DEAD_ROWS = 5_000;
const LEAST_REST_MS = 5_000;
/**
 * A vacuum that a long transaction makes useless leaves all that is dead where it was, and would be due again at once.
 * It walks over a dead row in some 0.2 µs (measured, 500,000 of them): with so much rest for each, it takes 2 % of the
 * time at the worst.
 */
const REST_MS_PER_DEAD_ROW = 0.015;

const FEW_ROWS = 10_000;
const SMALL_HEAP_BYTES = 4 * 1024 * 1024;
/** Four times what the indexes of so few rows need, so that a new one is never due again at once. */
const LARGE_INDEX_BYTES = 2 * 1024 * 1024;

/**
 * What a narrow table needs now. Decided from the statistics that all processes share, the time of the last vacuum
 * included, so that they take turns without knowing of each other.
 *
 * - `vacuum`: most of it is dead. A row's share of that work stays the same, however large the table.
 * - `reindex`: the heap has been cut back, but vacuum gives no page of an index back to the disk. Only while so few
 *   rows are left that it is a matter of milliseconds, since it holds up all who write.
 */
export function upkeepOf(figures: TableFigures): Upkeep | null {
  const { liveRows, deadRows, heapBytes, indexBytes, sinceVacuumMs } = figures;
  if (deadRows >= DEAD_ROWS && deadRows >= liveRows) {
    const restMs = Math.max(LEAST_REST_MS, deadRows * REST_MS_PER_DEAD_ROW);
    return (sinceVacuumMs ?? Number.POSITIVE_INFINITY) >= restMs ? 'vacuum' : null;
  }
  const isSmall = liveRows + deadRows <= FEW_ROWS && heapBytes <= SMALL_HEAP_BYTES;
  return isSmall && indexBytes > LARGE_INDEX_BYTES ? 'reindex' : null;
}
