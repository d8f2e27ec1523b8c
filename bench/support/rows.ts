import type { Goal } from '../goals.ts';
import type { Samples } from './samples.ts';
import { median } from './statistics.ts';

/** One line of the answer. */
export interface Row {
  /** `<case>.<metric>` */
  readonly id: string;
  readonly contender: string;
  readonly unit: string;
  readonly runs: number;
  readonly values: readonly number[];
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly against: string | null;
  /** The median of the ratios of runs that were neighbours in time; `null` without `against`. */
  readonly ratio: number | null;
  /** Of the ratio, or of the median where there is no `against`. A goal that is not above its floor is one to stay under. */
  readonly goal: number | null;
  readonly floor: number | null;
}

const UNITS: Readonly<Record<string, string>> = {
  rate: 'per s',
  p50: 'ms',
  p95: 'ms',
  p99: 'ms',
  memory: 'MB',
  transactions: 'per task',
  wal: 'bytes per task',
  nodeProcessor: 'µs per task',
  postgresProcessor: 'µs per task',
};

/** The first side is the one that is compared with the others. */
export function rowsOf(caseId: string, samples: readonly Samples[], goals: readonly Goal[]): Row[] {
  const [ours, ...others] = samples;
  const metrics = new Set(samples.flatMap(({ runs }) => Object.keys(runs[0] ?? {})));
  return [...metrics].flatMap((metric) => {
    const id = `${caseId}.${metric}`;
    const goalFor = (against: string | null) => goals.find((goal) => goal.row === id && goal.against === against);
    const values = (side: Samples | undefined) => (side?.runs ?? []).map((run) => run[metric] ?? Number.NaN);
    const row = (side: Samples, against: Samples | null): Row[] => {
      const own = values(side);
      if (own.length === 0 || own.some(Number.isNaN)) return [];
      const reference = against && values(against);
      if (reference?.some(Number.isNaN)) return [];
      const { goal = null, floor = null } = (side === ours && goalFor(against?.contender ?? null)) || {};
      return [
        {
          id,
          contender: side.contender,
          unit: UNITS[metric] ?? '',
          runs: own.length,
          values: own,
          median: median(own),
          min: Math.min(...own),
          max: Math.max(...own),
          against: against?.contender ?? null,
          ratio: reference && median(own.map((value, run) => value / (reference[run] ?? Number.NaN))),
          goal,
          floor,
        },
      ];
    };
    if (!ours) return [];
    return [...row(ours, null), ...others.flatMap((other) => [...row(other, null), ...row(ours, other)])];
  });
}

/** What a row says of its goal: met, at least the floor, or neither. `null` without a goal. */
export function verdict({ median: value, ratio, against, goal, floor }: Row): 'goal' | 'floor' | 'below' | null {
  const figure = against === null ? value : ratio;
  if (goal === null || figure === null) return null;
  const isUpperBound = floor !== null && goal <= floor;
  const reaches = (bound: number) => (isUpperBound ? figure <= bound : figure >= bound);
  if (reaches(goal)) return 'goal';
  return floor !== null && reaches(floor) ? 'floor' : 'below';
}
