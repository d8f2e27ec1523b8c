import { setTimeout as delay } from 'node:timers/promises';
import { check, type Violation } from '../checker/check.ts';
import { Cluster } from '../cluster/cluster.ts';
import { Random } from '../cluster/random.ts';
import { CallRate } from './call-rate.ts';
import { Caller } from './caller.ts';
import { complaintsOf, notesOf } from './complaints.ts';
import { FailpointTurns } from './failpoint-turns.ts';
import { FAULTS, type Fault, type FaultKind, type Stage } from './faults.ts';
import { Load } from './load.ts';
import { Losses } from './losses.ts';
import { MemoryWatch } from './memory-watch.ts';
import { quiesce } from './quiesce.ts';
import { readHistory } from './read-history.ts';
import { ResidueWatch } from './residue.ts';
import type { StormOptions } from './storm-options.ts';
import { type Summary, summarise } from './summary.ts';
import { WorkInFlight } from './work-in-flight.ts';

export interface StormResult {
  readonly faults: readonly Fault[];
  readonly violations: readonly Violation[];
  /** What else makes the run fail: a sentence each. */
  readonly complaints: readonly string[];
  /** What else is to be known of the run. */
  readonly notes: readonly string[];
  readonly summary: Summary;
}

const BOUND_MS = 60_000;
const CALLERS = 32;
const MOST_FAULTS_AT_ONCE = 3;
/** How many faults' worth of tasks may be submitted ahead of the faults. */
const AHEAD = 4;

/** A load of tasks under a hail of faults, and the judgement over what they leave behind. */
export async function storm(options: StormOptions): Promise<StormResult> {
  const { seed, workers, leaseMs, concurrency, env = {}, say } = options;
  const { mutant, failpoints, clockSkewMs, diskMb, taskPilots, schedulerWorks } = options;
  const chaos = { mutant, failpoints, clockSkewMs };
  const cluster = await Cluster.start({
    workers,
    schedulerWorks,
    taskPilots,
    leaseMs,
    concurrency,
    env,
    diskMb,
    chaos,
  });
  const caller = new Caller(() => cluster.nextTaskPilotUrl() ?? 'http://127.0.0.1:1');
  const work = new WorkInFlight(cluster.effectLog);
  try {
    const startedAt = performance.now();
    const faults: Fault[] = [];
    const residue = new ResidueWatch(cluster);
    const memory = new MemoryWatch(() => cluster.members);
    const load = new Load(caller, `storm-${seed}`, (taskId) => work.started(taskId));
    const { leastInFlight = 1, spared = 0, isLong } = options;
    const random = new Random(seed);
    const turns = new FailpointTurns(random);
    const stage: Stage = {
      ...{ cluster, random, failpoints: turns, work, leastInFlight, spared },
      pendingCalls: () => caller.pending,
      answered: () => load.answered,
      faultsSoFar: () => faults.length,
    };
    const calls = new CallRate(cluster.betweenPlanes);
    const losses = options.losses && new Losses(cluster, random, options.losses);
    await rage(options, stage, load, faults);
    await load.settled();
    losses?.heal();
    const calmAt = performance.now();
    const quiet = await quiesce(cluster, options.boundMs ?? BOUND_MS);
    say(`quiet ${Math.round(performance.now() - calmAt)} ms after the last call; reading`);
    const left = await residue.end();
    memory.end();
    work.stop();
    const history = await readHistory(cluster, load, work.effects, left);
    const violations = check(history);
    const summary = summarise(history, load, performance.now() - startedAt);
    return {
      faults,
      violations,
      complaints: [
        ...complaintsOf(options, { cluster, load, losses, faults, history, quiet, calls }),
        ...(failpoints ? turns.complaints : []),
        ...(isLong ? memory.complaints : []),
      ],
      notes: [
        ...(losses?.notes ?? []),
        ...(options.mostWhileAway === undefined ? [] : [calls.note]),
        ...turns.notes,
        ...(isLong ? memory.notes : []),
        ...notesOf(faults, load, history, options),
      ],
      summary,
    };
  } finally {
    caller.close();
    work.stop();
    await cluster.stop();
  }
}

/** Submits tasks while the faults strike: each holds the other back, so that every fault finds work. */
async function rage(options: StormOptions, stage: Stage, load: Load, faults: Fault[]): Promise<void> {
  const { random, work, cluster } = stage;
  // Of exits at failpoints, it tells how often it is each one's turn.
  const times = (kind: string, count: number) => (kind === 'exitAt' ? count * stage.failpoints.all.length : count);
  const kinds = random.shuffle(
    Object.entries(options.faults).flatMap(([kind, count]) => Array(times(kind, count)).fill(kind)),
  );
  const plans = new Random(options.seed + 1);
  const tasksPerFault = options.tasks / Math.max(kinds.length, 1);
  const startedAt = performance.now();
  const { batch = 1, batchShare = 1, mostPerSecond = Number.POSITIVE_INFINITY } = options;
  let submitted = 0;
  /** Half of what the workers that are up can run. */
  const isBusy = () => {
    const up = cluster.workers.filter(({ hasEnded }) => !hasEnded);
    return work.total(up.map(({ pid }) => pid)) >= (up.length * options.concurrency) / 2;
  };
  const isOver = () => faults.length === kinds.length;

  const submit = async (): Promise<void> => {
    while (submitted < options.tasks || !isOver()) {
      const isAhead = submitted / tasksPerFault > faults.length + AHEAD || submitted >= options.tasks;
      if (!isOver() && isAhead && isBusy()) {
        await delay(10);
        continue;
      }
      if (submitted / mostPerSecond > (performance.now() - startedAt) / 1_000) {
        await delay(5);
        continue;
      }
      const first = submitted;
      const count = batch > 1 && plans.chance(batchShare) ? batch : 1;
      submitted += count;
      if (count === 1) await load.submit(first, options.mix(plans));
      else {
        await load.submitMany(
          first,
          Array.from({ length: count }, () => options.mix(plans)),
        );
      }
    }
  };
  const queue = kinds.entries();
  const strike = async (): Promise<void> => {
    for (const [index, kind] of queue as Iterable<[number, FaultKind]>) {
      while (submitted < index * tasksPerFault) await delay(10);
      const atMs = performance.now() - startedAt;
      const hit = await FAULTS[kind](stage);
      const fault = { kind, atMs, tookMs: performance.now() - startedAt - atMs, ...hit };
      faults.push(fault);
      options.say(describe(fault, faults.length, kinds.length, submitted));
    }
  };
  // One worker is left in peace, or nobody would take over what the others lose.
  const lanes = options.faultsAtOnce ?? Math.max(1, Math.min(MOST_FAULTS_AT_ONCE, options.workers - 1));
  await Promise.all([...Array.from({ length: CALLERS }, submit), ...Array.from({ length: lanes }, strike)]);
}

function describe({ kind, target, atMs, tookMs, inFlight }: Fault, count: number, of: number, tasks: number): string {
  const at = (atMs / 1_000).toFixed(1);
  return `${at} s: ${kind} ${target}, ${inFlight} in flight, ${Math.round(tookMs)} ms (${count}/${of}, ${tasks} tasks)`;
}
