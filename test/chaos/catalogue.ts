import type { Random } from './cluster/random.ts';
import type { FaultKind } from './run/faults.ts';
import type { TaskPlan } from './run/load.ts';
import type { LossPlan } from './run/losses.ts';
import {
  beneathAClock,
  contested,
  drowsy,
  everyday,
  failing,
  hasty,
  kept,
  poisonous,
  telling,
  thorough,
} from './run/mixes.ts';

/** One test of the catalogue: a load, the faults it is under, and what it may cost. */
export interface Scenario {
  readonly title: string;
  readonly mix: (random: Random) => TaskPlan;
  readonly tasks: number;
  /** How many of each kind; of `exitAt`, how many at each failpoint. */
  readonly faults: Readonly<Partial<Record<FaultKind, number>>>;
  /** How many tasks are submitted in a second; as many as are taken. */
  readonly mostPerSecond?: number;
  /** How many tasks are created and bound by one call; 1. */
  readonly batch?: number;
  /** How many of the calls are such batches, the others being for one task each; all. */
  readonly batchShare?: number;
  /** Whether second attempts are to begin spread over time. */
  readonly spreads?: boolean;
  /** Answers that are lost all along. */
  readonly losses?: LossPlan | undefined;
  /** Worker processes; 3. */
  readonly workers?: number;
  /** Whether the scheduler that answers calls is one of them, and claims what it stores; it only answers otherwise. */
  readonly schedulerWorks?: boolean;
  /** Control planes; 1. */
  readonly taskPilots?: number;
  /** Tasks that a worker runs at once; 16. */
  readonly concurrency?: number;
  /** 1 where faults share a target; one less than there are workers otherwise, 3 at most. */
  readonly faultsAtOnce?: number;
  /** What no process may print. */
  readonly unsaid?: RegExp;
  /** How many times as many calls there may be between the planes in the fullest second of a fault as in a normal one. */
  readonly mostWhileAway?: number;
  /** How many faults may hit nothing; none. */
  readonly mostIdleFaults?: number;
  /** How many tasks may end as `WORKER_LOST` that had no part in it. */
  readonly mostWorkerLost: number;
  /** How many of those that take longer once lost; they are counted among the others without. */
  readonly mostLingeringLost?: number;
  /** How long everything may take to end after the last fault has healed. */
  readonly boundMs?: number;
  /** How many attempts a worker must be at before a fault takes it for its target; 1. */
  readonly leastInFlight?: number;
  /** Workers that no fault takes for its target, so that they live long; none. */
  readonly spared?: number;
  /** Whether memory must not grow while a process lives. */
  readonly isLong?: boolean;
  readonly failpoints?: boolean;
  readonly clockSkewMs?: number;
  /** The size of a disk of its own, which can be filled. */
  readonly diskMb?: number;
  readonly env?: Readonly<Record<string, string>>;
}

const BIND_BOUND_MS = 60_000;

/** What `--only` takes. The sizes are those of a quick run; `--tasks` and `--scale` make them large. */
export const CATALOGUE: Readonly<Record<string, Scenario>> = {
  small: {
    title: 'the small version of it all',
    mix: everyday,
    tasks: 5_000,
    // Half of its tasks come by batches, which cost callers and planes less than half.
    batch: 10,
    batchShare: 0.1,
    faults: { kill: 18, killApi: 2, pause: 10, stall: 4, crash: 1, partition: 1 },
    workers: 4,
    schedulerWorks: true,
    mostWorkerLost: 8,
    // About 600 of its tasks take 2.5 s once lost, and three of the four workers are down at a time: a fault takes the
    // fourth as soon as it has begun what they lost. 11 to 21 of them were lost three times, by how busy the machine was.
    mostLingeringLost: 60,
  },
  T1: { title: 'kill -9 of workers at work', mix: kept, tasks: 2_000, faults: { kill: 10 }, mostWorkerLost: 5 },
  T2: {
    title: 'SIGSTOP for 1.3 to 3 leases',
    mix: drowsy,
    tasks: 1_000,
    faults: { pause: 6, stall: 2 },
    workers: 4,
    faultsAtOnce: 2,
    mostWorkerLost: 5,
    // A tenth takes 2.5 s once lost; of 100 pauses 18 of those were lost three times, and none of the others.
    mostLingeringLost: 30,
  },
  T4: {
    title: 'PostgreSQL crashes',
    mix: kept,
    tasks: 1_500,
    faults: { crash: 5 },
    faultsAtOnce: 1,
    mostWorkerLost: 0,
  },
  T5: {
    title: 'every session terminated each second',
    mix: kept,
    tasks: 1_500,
    faults: { terminate: 60 },
    faultsAtOnce: 1,
    mostWorkerLost: 0,
    unsaid: /unhandled rejection.*/i,
  },
  T6: {
    title: 'the database hangs 30 s',
    mix: kept,
    tasks: 1_000,
    faults: { hang: 3 },
    faultsAtOnce: 1,
    mostWorkerLost: 0,
    boundMs: 90_000,
  },
  T7: {
    title: 'connections cut after their request',
    mix: kept,
    tasks: 5_000,
    faults: {},
    losses: { between: 'databases', share: 0.3, least: 100 },
    mostWorkerLost: 0,
    unsaid: /StaleAttempt.*/,
    env: { DTP_DB_PREPARE: '0', WEBDB_PREPARE: '0' },
  },
  T8: {
    title: 'answers lost between the planes',
    mix: kept,
    tasks: 5_000,
    faults: {},
    losses: { between: 'planes', share: 0.33, least: 100, spare: ['cancel'] },
    mostWorkerLost: 0,
    boundMs: BIND_BOUND_MS,
  },
  T9: {
    title: 'DTP away for 5, 30, 120 s',
    mix: kept,
    // Steadily, so that normal seconds can be told, and slower than the workers can make up for.
    tasks: 9_000,
    mostPerSecond: 100,
    faults: { away: 3 },
    faultsAtOnce: 1,
    mostWhileAway: 3,
    mostWorkerLost: 0,
    boundMs: BIND_BOUND_MS,
  },
  T10: {
    title: 'exit at every failpoint',
    mix: thorough,
    tasks: 1_500,
    faults: { exitAt: 1 },
    workers: 4,
    // A third of the failpoints are TaskPilot's: with one alone, callers would mostly wait for it, and nobody come by.
    taskPilots: 2,
    // What the processor does not do for tasks, it does for starts, of which a round has more than 62.
    mostPerSecond: 30,
    mostWorkerLost: 10,
    mostIdleFaults: 10,
    failpoints: true,
    env: { DTP_DRAIN_MS: '100' },
  },
  T11: {
    title: 'cancel while BINDING, the answer to the create lost',
    mix: hasty,
    tasks: 500,
    faults: {},
    losses: { between: 'planes', share: 0.7, least: 20, spare: ['cancel'] },
    concurrency: 100,
    mostWorkerLost: 0,
  },
  T11b: {
    title: 'cancel while BINDING, the create delayed or refused',
    mix: hasty,
    tasks: 500,
    faults: { partition: 8 },
    faultsAtOnce: 1,
    concurrency: 100,
    mostWorkerLost: 0,
  },
  T12: {
    title: 'cancel × completion, × cancel, × claim',
    mix: contested,
    tasks: 1_000,
    // Bound by one call, and no faster than cancels are answered at once: one that queues comes when all is over.
    batch: 10,
    mostPerSecond: 30,
    concurrency: 100,
    faults: {},
    mostWorkerLost: 0,
  },
  T15: {
    title: 'poison: it kills, blocks, rejects',
    mix: poisonous,
    tasks: 1_030,
    faults: {},
    mostWorkerLost: 0,
    // Each of about twelve kills its worker three times, the last time alone: some 30 deaths, and on a busy machine a
    // process takes 20 s to be back.
    boundMs: 400_000,
  },
  T19: {
    title: 'worker clocks 90 s fast',
    mix: beneathAClock,
    tasks: 500,
    faults: {},
    mostWorkerLost: 0,
    clockSkewMs: 90_000,
  },
  T17: {
    title: 'pools of one connection',
    mix: everyday,
    tasks: 1_500,
    faults: {},
    mostWorkerLost: 0,
    env: { DTP_DB_POOL_SIZE: '1', WEBDB_POOL_SIZE: '1' },
  },
  T17b: {
    title: 'pools of two connections',
    mix: everyday,
    tasks: 1_500,
    faults: { kill: 4, pause: 4 },
    // With eight faults in half a minute a task may meet three of them, one that takes 2.5 s once lost above all: so it
    // was with pools of ten as well.
    mostWorkerLost: 2,
    mostLingeringLost: 10,
    env: { DTP_DB_POOL_SIZE: '2', WEBDB_POOL_SIZE: '2' },
  },
  T20: {
    title: 'all fail at once, and come again',
    mix: failing,
    tasks: 5_000,
    batch: 250,
    concurrency: 200,
    faults: {},
    spreads: true,
    mostWorkerLost: 0,
    boundMs: 180_000,
  },
  T19b: {
    title: 'worker clocks 90 s slow',
    mix: beneathAClock,
    tasks: 500,
    faults: {},
    mostWorkerLost: 0,
    clockSkewMs: -90_000,
  },
  T26: {
    title: 'SIGTERM under load',
    mix: kept,
    tasks: 1_500,
    faults: { drain: 10 },
    mostWorkerLost: 0,
    env: { DTP_DRAIN_MS: '300' },
  },
  T27: {
    title: 'the disk is full for 20 s',
    mix: kept,
    tasks: 1_000,
    faults: { fullDisk: 2 },
    faultsAtOnce: 1,
    mostWorkerLost: 0,
    diskMb: 400,
  },
  T28: {
    title: 'a read-only primary',
    mix: kept,
    tasks: 1_000,
    faults: { readOnly: 2 },
    faultsAtOnce: 1,
    mostWorkerLost: 0,
  },
  T29: {
    title: 'all of it, one after another',
    mix: everyday,
    tasks: 5_000,
    faults: { kill: 6, killApi: 2, pause: 4, stall: 4, drain: 4, crash: 2, terminate: 2, partition: 2, readOnly: 1 },
    faultsAtOnce: 1,
    workers: 4,
    spared: 1,
    isLong: true,
    mostWorkerLost: 10,
  },
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
