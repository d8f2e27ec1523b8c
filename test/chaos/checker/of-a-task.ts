import { TRANSITIONS } from '../../../apps/dtp-scheduler/src/domain/transitions.ts';
import { isTerminal } from '../../../libs/contracts/src/task-state.ts';
import type { TaskLife } from './history.ts';

const MAX_LOST_ATTEMPTS = 3;
/** A batch's lease is looked at when its statement starts, and its rows are written a little later. */
const LEASE_SLACK_MS = 500;
/** `due` is cut to milliseconds on its way here. */
const DUE_SLACK_MS = 1;
const LEGAL: ReadonlySet<string> = new Set(TRANSITIONS.map(({ from, to }) => `${from} → ${to}`));

/** Invariants of each task by itself. Each answers what breaks it, a sentence each. */
export const OF_A_TASK: Readonly<Record<string, (life: TaskLife) => string[]>> = {
  /** One terminal transition. */
  I2({ task, transitions }) {
    const ends = transitions.filter(({ state }) => isTerminal(state)).length;
    const faults = transitions
      .filter(({ was }) => was !== null && isTerminal(was))
      .map(({ was, state }) => `was ${was} for good, and became ${state}`);
    if (isTerminal(task.state) && ends !== 1) faults.push(`ended ${ends} times`);
    return faults;
  },

  /** Attempts 1..n without a gap, each with one end. */
  I3({ task, attempts }) {
    if (!isTerminal(task.state)) return [];
    const ended = attempts.map(({ number }) => number);
    // An attempt that succeeded has no record: the task's row tells of it.
    if (task.state === 'SUCCEEDED') ended.push(task.attempt);
    ended.sort((a, b) => a - b);
    const whole = ended.length === task.attempt && ended.every((number, index) => number === index + 1);
    return whole ? [] : [`has had ${task.attempt} attempts, and these have ended: ${ended.join(', ')}`];
  },

  /** The accepted result is that of the row's attempt and of its holder, whose lease lives. */
  I4({ task, transitions }) {
    if (task.state !== 'SUCCEEDED') return [];
    const faults: string[] = [];
    if (task.resultOfAttempt !== task.attempt) {
      faults.push(`is at attempt ${task.attempt}, and has the result of attempt ${task.resultOfAttempt}`);
    }
    for (const { was, state, heldBy, completedBy, leaseLeftMs } of transitions) {
      if (state !== 'SUCCEEDED') continue;
      if (was !== 'RUNNING') faults.push(`succeeded while it was ${was}`);
      if (heldBy !== completedBy) faults.push(`was held by ${heldBy}, and completed by ${completedBy}`);
      if (leaseLeftMs === null) faults.push(`was completed by ${completedBy}, who had no lease any more`);
      else if (leaseLeftMs < -LEASE_SLACK_MS) faults.push(`was completed ${-leaseLeftMs} ms after the lease's end`);
    }
    return faults;
  },

  /** A cancel answered 200 ⇒ CANCELLED, and nothing is claimed after it. A refusal tells the state that stays. */
  I5({ task, transitions, cancels }) {
    const faults: string[] = [];
    for (const { accepted, state } of cancels) {
      if (accepted && task.state !== 'CANCELLED') faults.push(`its cancel was accepted, and it is ${task.state}`);
      if (!accepted && state === null) {
        const isAlone = cancels.every((cancel) => !cancel.accepted);
        if (isAlone && task.state === 'CANCELLED')
          faults.push('its cancel was to have changed nothing, and it is CANCELLED');
      } else if (!accepted && state !== task.state)
        faults.push(`its cancel was refused as ${state}, and it is ${task.state}`);
    }
    const cancelled = transitions.findIndex(({ state }) => state === 'CANCELLING' || state === 'CANCELLED');
    const claimed = transitions.findLastIndex(({ state }) => state === 'RUNNING');
    if (cancelled !== -1 && claimed > cancelled) faults.push('was claimed after its cancel');
    return faults;
  },

  /** Every success has an effect of that attempt. */
  I6({ task, effects }) {
    if (task.state !== 'SUCCEEDED') return [];
    const phases = new Set(effects.filter(({ attempt }) => attempt === task.attempt).map(({ phase }) => phase));
    return phases.has('start') && phases.has('end') ? [] : [`attempt ${task.attempt} succeeded, and did nothing`];
  },

  /** Failed attempts within `maxAttempts`, lost ones within 3, and both counted right. */
  I7({ task, attempts }) {
    const faults: string[] = [];
    const failed = attempts.filter(({ outcome }) => outcome === 'FAILED' || outcome === 'TIMED_OUT').length;
    const lost = attempts.filter(({ outcome }) => outcome === 'LOST').length;
    if (failed > task.maxAttempts) faults.push(`failed ${failed} times, with ${task.maxAttempts} attempts allowed`);
    if (lost > MAX_LOST_ATTEMPTS) faults.push(`was lost ${lost} times`);
    if (failed !== task.failedAttempts) faults.push(`failed ${failed} times, and counts ${task.failedAttempts}`);
    if (lost !== task.lostAttempts) faults.push(`was lost ${lost} times, and counts ${task.lostAttempts}`);
    if (task.errorCode === 'WORKER_LOST' && task.state === 'FAILED' && lost < MAX_LOST_ATTEMPTS) {
      faults.push(`was given up as WORKER_LOST after ${lost} losses`);
    }
    return faults;
  },

  /**
   * `stateSeq` rises by one, along legal edges; the attempt rises with a claim, and only then. A task that a worker
   * waited for is first seen after both its creation and its claim.
   */
  I9({ task, transitions }) {
    const faults: string[] = [];
    let before: (typeof transitions)[number] | undefined;
    for (const one of transitions) {
      const { seq, was, state, attempt, previousAttempt } = one;
      const isClaimedAtOnce = was === null && state === 'RUNNING';
      const last = isClaimedAtOnce ? 1 : (before?.seq ?? 0);
      if (seq !== last + 1) faults.push(`went from stateSeq ${last} to ${seq}`);
      if (was !== (before?.state ?? null)) faults.push(`left ${was} where it was ${before?.state}`);
      if (was !== null && !LEGAL.has(`${was} → ${state}`)) faults.push(`went from ${was} to ${state}`);
      const claims = state === 'RUNNING' ? 1 : 0;
      if (attempt !== (previousAttempt ?? 0) + claims)
        faults.push(`went from attempt ${previousAttempt} to ${attempt}`);
      before = one;
    }
    if (before?.seq !== task.stateSeq || before.state !== task.state) {
      faults.push(`is ${task.state} at ${task.stateSeq}, and was last seen ${before?.state} at ${before?.seq}`);
    }
    return faults;
  },

  /** Nothing starts before it is due. */
  I10({ transitions, effects }) {
    const faults: string[] = [];
    for (const { state, attempt, due, at } of transitions) {
      if (state !== 'RUNNING' || due === null) continue;
      if (at < due - DUE_SLACK_MS) faults.push(`attempt ${attempt} was claimed ${due - at} ms early`);
      const start = effects.find((effect) => effect.attempt === attempt && effect.phase === 'start');
      if (start && start.at < due - DUE_SLACK_MS) faults.push(`attempt ${attempt} began ${due - start.at} ms early`);
    }
    return faults;
  },
};
