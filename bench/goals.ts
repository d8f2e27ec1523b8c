import type { BenchOptions } from './support/bench-case.ts';

/** What a row should reach, and what it must. A goal that is not above its floor is one to stay under. */
export interface Goal {
  readonly row: string;
  /** The goal is of the ratio to this one; of the figure itself when `null`. */
  readonly against: string | null;
  readonly goal: number;
  readonly floor: number;
}

const LARGE = 10_000_000;
/** So many tasks show whether memory is flat. */
const MANY = 1_000_000;

/** The goals of a run with these options: docs/performance.md has the same. */
export function goalsFor({ tasks, finished }: BenchOptions): readonly Goal[] {
  const withFinished = finished >= LARGE ? { goal: 0.9, floor: 0.8 } : { goal: 0.95, floor: 0.9 };
  return [
    { row: 'drain-1.rate', against: 'graphile-worker', goal: 1.5, floor: 1.2 },
    { row: 'drain-1.rate', against: 'pg-boss', goal: 2.2, floor: 1.8 },
    { row: 'drain-1.transactions', against: null, goal: 0.02, floor: 0.05 },
    ...(tasks >= MANY ? [{ row: 'drain-1.memory', against: null, goal: 200, floor: 250 }] : []),
    { row: 'drain-2.rate', against: 'graphile-worker', goal: 1.1, floor: 1 },
    { row: 'finished.rate', against: 'taskpilot, empty tables', ...withFinished },
    { row: 'held-xmin.rate', against: 'taskpilot, nothing held', goal: 0.85, floor: 0.7 },
    { row: 'post-64.rate', against: 'graphile-worker, in process', goal: 8, floor: 6 },
    { row: 'post-64.rate', against: 'bare group insert', goal: 0.6, floor: 0.45 },
    { row: 'post-64.p99', against: null, goal: 20, floor: 20 },
    { row: 'batch.rate', against: null, goal: 40_000, floor: 25_000 },
    { row: 'lifecycle.rate', against: null, goal: 2_500, floor: 1_500 },
    // The floor is what the product promises: 50,000 within 60 s.
    { row: 'bindings.rate', against: null, goal: 1_700, floor: 834 },
    { row: 'pickup.p50', against: null, goal: 1.5, floor: 3 },
    { row: 'pickup.p99', against: null, goal: 5, floor: 10 },
    { row: 'post-to-succeeded.p50', against: null, goal: 5, floor: 10 },
    { row: 'post-to-succeeded.p99', against: null, goal: 15, floor: 30 },
  ];
}
