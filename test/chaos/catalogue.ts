import type { Random } from './cluster/random.ts';
import type { FaultKind } from './run/faults.ts';
import type { TaskPlan } from './run/load.ts';
import { beneathAClock, everyday, kept, poisonous, telling } from './run/mixes.ts';

/** One test of the catalogue: a load, the faults it is under, and what it may cost. */
export interface Scenario {
  readonly title: string;
  readonly mix: (random: Random) => TaskPlan;
  readonly tasks: number;
  readonly faults: Readonly<Partial<Record<FaultKind, number>>>;
  /** How many tasks may end as `WORKER_LOST` that had no part in it. */
  readonly mostWorkerLost: number;
  /** How long everything may take to end after the last fault has healed. */
  readonly boundMs?: number;
  /** How many attempts a worker must be at before a fault takes it for its target; 1. */
  readonly leastInFlight?: number;
  readonly failpoints?: boolean;
  readonly clockSkewMs?: number;
  readonly env?: Readonly<Record<string, string>>;
}

const BIND_BOUND_MS = 60_000;

/** What `--only` takes. The sizes are those of a quick run; `--tasks` and `--scale` make them large. */
export const CATALOGUE: Readonly<Record<string, Scenario>> = {
  small: {
    title: 'the small version of it all',
    mix: everyday,
    tasks: 5_000,
    faults: { kill: 18, killApi: 2, pause: 10, stall: 4, crash: 1, partition: 1 },
    mostWorkerLost: 25,
  },
  T1: { title: 'kill -9 of workers at work', mix: kept, tasks: 2_000, faults: { kill: 10 }, mostWorkerLost: 5 },
  T2: {
    title: 'SIGSTOP for 1.3 to 3 leases',
    mix: everyday,
    tasks: 1_000,
    faults: { pause: 6, stall: 2 },
    mostWorkerLost: 10,
  },
  T4: { title: 'PostgreSQL crashes', mix: kept, tasks: 1_500, faults: { crash: 5 }, mostWorkerLost: 0 },
  T5: { title: 'every session terminated', mix: kept, tasks: 1_500, faults: { terminate: 20 }, mostWorkerLost: 0 },
  T6: {
    title: 'the database hangs 30 s',
    mix: kept,
    tasks: 1_000,
    faults: { hang: 1 },
    mostWorkerLost: 0,
    boundMs: 90_000,
  },
  T7: {
    title: 'connections cut after their request',
    mix: kept,
    tasks: 1_500,
    faults: { cutAnswers: 5 },
    mostWorkerLost: 0,
  },
  T8: {
    title: 'answers lost between the planes',
    mix: kept,
    tasks: 2_000,
    faults: { loseAnswers: 4 },
    mostWorkerLost: 0,
    boundMs: BIND_BOUND_MS,
  },
  T9: { title: 'DTP away', mix: kept, tasks: 1_000, faults: { away: 2 }, mostWorkerLost: 0, boundMs: BIND_BOUND_MS },
  T10: {
    title: 'exit at failpoints',
    mix: everyday,
    tasks: 1_500,
    faults: { exitAt: 20 },
    mostWorkerLost: 10,
    failpoints: true,
  },
  T15: {
    title: 'poison: it kills, blocks, rejects',
    mix: poisonous,
    tasks: 300,
    faults: {},
    mostWorkerLost: Number.POSITIVE_INFINITY,
    boundMs: 180_000,
  },
  T19: {
    title: 'worker clocks 90 s fast',
    mix: beneathAClock,
    tasks: 500,
    faults: {},
    mostWorkerLost: 0,
    clockSkewMs: 90_000,
  },
  T26: {
    title: 'SIGTERM under load',
    mix: kept,
    tasks: 1_500,
    faults: { drain: 10 },
    mostWorkerLost: 0,
    env: { DTP_DRAIN_MS: '300' },
  },
  T28: { title: 'a read-only primary', mix: kept, tasks: 1_000, faults: { readOnly: 2 }, mostWorkerLost: 0 },
  /** T3 runs this with each mutant, and it must fail. */
  mutant: {
    title: 'what shows a weak guard',
    mix: telling,
    tasks: 400,
    faults: { stall: 3 },
    leastInFlight: 8,
    mostWorkerLost: Number.POSITIVE_INFINITY,
  },
};
