import type { CancelAnswer, History, TaskRecord } from '../checker/history.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { CallRate } from './call-rate.ts';
import type { Fault } from './faults.ts';
import { HandBacks } from './hand-backs.ts';
import type { Load } from './load.ts';
import type { Losses } from './losses.ts';
import { describeSpread, firstAttempts, secondAttempts, secondDelays } from './spread.ts';
import type { StormOptions } from './storm-options.ts';

const SERVES_AGAIN_MS = 10_000;
/** Of second attempts that begin within one second. */
const MOST_OVER_MEAN = 3;

interface Run {
  readonly cluster: Cluster;
  readonly load: Load;
  readonly losses: Losses | undefined;
  readonly faults: readonly Fault[];
  readonly history: History;
  readonly quiet: boolean;
  /** Between the planes. */
  readonly calls: CallRate;
}

/** What makes a run fail beside its invariants: a sentence each. */
export function complaintsOf(
  options: StormOptions,
  { cluster, load, losses, faults, history, quiet, calls }: Run,
): string[] {
  const complaints = [...new Set(load.oddities), ...(losses?.complaints ?? [])];
  const idle = faults.filter(({ inFlight }) => inFlight === 0).length;
  if (idle > (options.mostIdleFaults ?? 0)) complaints.push(`${idle} of ${faults.length} faults hit no work in flight`);
  if (!quiet) complaints.push('not everything had ended within the bound');
  const late = faults.filter(({ servedAfterMs = 0 }) => servedAfterMs > SERVES_AGAIN_MS);
  if (late.length > 0) complaints.push(`not served within ${SERVES_AGAIN_MS} ms after ${late.length} faults`);
  if (options.spreads) {
    const { peak, mean } = secondAttempts(history);
    if (peak > MOST_OVER_MEAN * mean)
      complaints.push(`${peak} second attempts began within one second, ${Math.round(mean)} on average`);
    const delays = secondDelays(history);
    if (delays.peak > MOST_OVER_MEAN * delays.mean)
      complaints.push(`second attempts wait for too much the same time: ${describeSpread(delays)}`);
  }
  complaints.push(...new HandBacks(faults, history).complaints);
  if (options.mostWhileAway !== undefined && calls.ratio > options.mostWhileAway) complaints.push(calls.note);
  complaints.push(...endsOf(options, load, history));
  for (const { name, current } of cluster.members) {
    const said = options.unsaid && current?.output().match(options.unsaid);
    if (said) complaints.push(`${name} said: ${said[0]}`);
  }
  // The processes of poisonous tasks are meant to end, each time with a surprise.
  if (load.poisoned.size > 0) return complaints;
  return [...complaints, ...cluster.members.flatMap(({ surprises }) => surprises)];
}

/** Poison ends as `WORKER_LOST`; hardly anything else does. */
function endsOf(options: StormOptions, load: Load, history: History): string[] {
  const { mostWorkerLost, mostLingeringLost } = options;
  const complaints = history.tasks
    .filter((task) => load.poisoned.has(task.key ?? '') && !isLost(task))
    .map(({ key, state, errorCode }) => `the poisonous task of ${key} ended ${state}, ${errorCode}`);
  const lost = lostOnes(load, history);
  const innocent = mostLingeringLost === undefined ? lost.innocent + lost.lingering : lost.innocent;
  if (innocent > mostWorkerLost) complaints.push(`${innocent} innocent tasks ended WORKER_LOST`);
  if (mostLingeringLost !== undefined && lost.lingering > mostLingeringLost)
    complaints.push(`${lost.lingering} lingering tasks ended WORKER_LOST`);
  return complaints;
}

const isLost = ({ state, errorCode }: TaskRecord) => state === 'FAILED' && errorCode === 'WORKER_LOST';

/** How many tasks without harm in them ended as `WORKER_LOST`. */
function lostOnes({ poisoned, lingering }: Load, { tasks }: History): { innocent: number; lingering: number } {
  const keys = tasks.filter(isLost).map(({ key }) => key ?? '');
  const harmless = keys.filter((key) => !poisoned.has(key));
  const lingered = harmless.filter((key) => lingering.has(key)).length;
  return { innocent: harmless.length - lingered, lingering: lingered };
}

/** What is to be known of a run beside its figures. */
export function notesOf(faults: readonly Fault[], load: Load, history: History, { spreads }: StormOptions): string[] {
  const notes: string[] = [];
  const { cancels } = history.promises;
  const close = cancels.filter(isClose).length;
  if (close > 0) notes.push(`${close} of ${cancels.length} cancels met their task's completion within ${CLOSE_MS} ms`);
  const served = faults.flatMap(({ servedAfterMs }) => servedAfterMs ?? []);
  if (served.length > 0) notes.push(`serving again after at most ${Math.round(Math.max(...served))} ms`);
  const pauses = faults.filter(({ kind }) => kind === 'pause');
  const told = pauses.reduce((sum, fault) => sum + (fault.told ?? 0), 0);
  const empty = pauses.filter((fault) => !fault.told).length;
  if (pauses.length > 0)
    notes.push(`${told} handlers woke from ${pauses.length} pauses to be told to stop; ${empty} pauses woke none`);
  if (spreads) {
    notes.push(
      `first attempts failed within ${firstAttempts(history).seconds} s`,
      `second attempts began: ${describeSpread(secondAttempts(history))}`,
      `by what they waited: ${describeSpread(secondDelays(history))}`,
    );
  }
  notes.push(...new HandBacks(faults, history).notes);
  if (load.poisoned.size > 0) notes.push(`${load.poisoned.size} poisonous tasks`);
  const lost = lostOnes(load, history);
  if (lost.lingering > 0)
    notes.push(`of those WORKER_LOST ${lost.lingering} take longer once lost, and ${lost.innocent} do not`);
  return notes;
}

/** Cancels that were under way at most so many ms from the moment at which the handler was to return. */
const CLOSE_MS = 5;

const isClose = ({ aimedAt, sentAt, answeredAt }: CancelAnswer): boolean =>
  aimedAt !== undefined && sentAt <= aimedAt + CLOSE_MS && answeredAt >= aimedAt - CLOSE_MS;
