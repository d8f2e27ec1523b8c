import type { TableFigures } from '../statements/read-table-figures.ts';

export type Upkeep = 'vacuum' | 'rewrite';

/** 5,000 rows of `ready`, or 312 claims of a hundred tasks: half a minute of 1,000 a second. */
const DEAD_BYTES = 640_000;
const LEAST_REST_MS = 5_000;
/**
 * A vacuum that a long transaction makes useless leaves all that is dead where it was, and would be due again at once.
 * It walks over a dead row of `ready` in some 0.2 µs (measured, 500,000 of them): with so much rest for each, it takes
 * 2 % of the time at the worst.
 */
const REST_MS_PER_DEAD_BYTE = 0.000_12;

/** 10,000 rows of `ready`. */
const FEW_BYTES = 1_280_000;
/** Above what a table comes to between two vacuums, beside what its rows need. */
const LARGE_HEAP_BYTES = 1024 * 1024;
const LARGE_INDEX_BYTES = 2 * 1024 * 1024;
/**
 * The statistics are up to a second late, so only by then do they tell what was dead and had to be left, and how fast
 * the table fills again: a busy one needs room for what dies until the next vacuum.
 */
const SETTLED_MS = 1_500;

/**
 * What a narrow table needs now. Decided from the statistics that all processes share, the time of the last vacuum
 * included, so that they take turns without knowing of each other.
 *
 * - `vacuum`: most of it is dead. A row's share of that work stays the same, however large the table.
 * - `rewrite`: a vacuum has been, and the table is large still. It cuts a heap off behind the last row, wherever that
 *   stands, and gives no page of an index back. Only while so few rows are left that it is a matter of milliseconds,
 *   since it holds up all who want the table; and only when the table is more than twice what its rows need, those
 *   counted that a long transaction keeps, so that a new one is never due again at once.
 *
 * @param rowBytes what a row takes, about, or a piece of one in TOAST
 */
export function upkeepOf(figures: TableFigures, rowBytes: number): Upkeep | null {
  const { liveRows, deadRows, heapBytes, indexBytes } = figures;
  const sinceVacuumMs = figures.sinceVacuumMs ?? Number.POSITIVE_INFINITY;
  const deadBytes = deadRows * rowBytes;
  if (deadBytes >= DEAD_BYTES && deadRows >= liveRows) {
    const restMs = Math.max(LEAST_REST_MS, deadBytes * REST_MS_PER_DEAD_BYTE);
    if (sinceVacuumMs >= restMs) return 'vacuum';
  }
  const neededBytes = (liveRows + deadRows) * rowBytes;
  // Without a vacuum the statistics may have been lost, and what is dead with them.
  const isKnown = figures.sinceVacuumMs !== null && sinceVacuumMs >= SETTLED_MS;
  if (!isKnown || neededBytes > FEW_BYTES) return null;
  const isLarge = heapBytes > LARGE_HEAP_BYTES + 2 * neededBytes || indexBytes > LARGE_INDEX_BYTES + 2 * neededBytes;
  return isLarge ? 'rewrite' : null;
}
