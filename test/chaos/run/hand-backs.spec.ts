import type { History, TransitionRecord } from '../checker/history.ts';
import type { Fault } from './faults.ts';
import { HandBacks } from './hand-backs.ts';

const DRAIN = { pid: 7, signalledAt: 1_000, exitedAt: 1_500 };
const faults = [{ kind: 'drain', target: 'worker-1', atMs: 0, tookMs: 1, inFlight: 1, drain: DRAIN }] as Fault[];

const ended = (taskId: string, at: number, heldBy: string, state = 'QUEUED') =>
  ({ taskId, attempt: 1, was: 'RUNNING', state, heldBy, at }) as TransitionRecord;
const started = (taskId: string, pid: number) => ({ taskId, attempt: 1, pid, phase: 'start', at: 0 });
const released = (taskId: string) => ({ taskId, number: 1, outcome: 'RELEASED' });

const of = (history: object) => new HandBacks(faults, history as History);

it('tells what the drained worker had begun from what it had not', () => {
  const { unbegun, begun, exits } = of({
    transitions: [
      ended('done', 900, 'one', 'SUCCEEDED'),
      ended('early', 999, 'one'),
      ended('waiting', 1_020, 'one'),
      ended('at work', 1_310, 'one'),
      ended('snoozed', 1_010, 'one'),
      ended('of another', 1_030, 'two'),
      ended('begun by another', 1_030, 'two'),
    ],
    attempts: ['early', 'waiting', 'at work', 'of another', 'begun by another'].map(released),
    effects: [started('done', 7), started('at work', 7), started('snoozed', 7), started('begun by another', 8)],
  });
  expect({ unbegun, begun, exits }).toEqual({ unbegun: [20], begun: [310], exits: [500] });
});

it('complains of what is given back late', () => {
  const history = (at: number) => ({
    transitions: [ended('done', 900, 'one', 'SUCCEEDED'), ended('waiting', at, 'one')],
    attempts: [released('waiting')],
    effects: [started('done', 7)],
  });
  expect(of(history(2_000)).complaints).toEqual([]);
  expect(of(history(2_001)).complaints).toEqual([expect.stringMatching(/1 tasks that had not begun .* over 1000 ms/)]);
});

it('has nothing to tell without a drain', () => {
  expect(new HandBacks([], { transitions: [], attempts: [], effects: [] } as unknown as History).notes).toEqual([]);
});
