import { check } from './check.ts';
import type { History, TaskRecord, TransitionRecord } from './history.ts';

const TASK = '01900000-0000-7000-8000-000000000001';
const WEB = '01900000-0000-7000-8000-00000000000a';
const LOSER = 'worker-that-died';
const WINNER = 'worker-that-finished';

const transition = (seq: number, change: Partial<TransitionRecord>): TransitionRecord => ({
  taskId: TASK,
  seq,
  was: null,
  state: 'QUEUED',
  attempt: 0,
  previousAttempt: null,
  heldBy: null,
  completedBy: null,
  due: 1_000,
  leaseLeftMs: null,
  at: 1_000 + seq,
  ...change,
});

const CLAIM = { state: 'RUNNING', attempt: 1, previousAttempt: 0 } as const;

/** A task whose first worker was lost, and whose second finished it: a life without a fault. */
function sound(): Mutable<History> {
  return {
    promises: { created: new Set([WEB]), bound: new Set([WEB]), cancels: [] },
    webTasks: [{ id: WEB, status: 'BOUND', schedulerTaskId: TASK }],
    tasks: [
      {
        id: TASK,
        key: WEB,
        state: 'SUCCEEDED',
        stateSeq: 5,
        attempt: 2,
        failedAttempts: 0,
        lostAttempts: 1,
        maxAttempts: 5,
        completedBy: WINNER,
        resultOfAttempt: 2,
        errorCode: null,
        finishedAt: 1_005,
      },
    ],
    attempts: [{ taskId: TASK, number: 1, outcome: 'LOST' }],
    transitions: [
      transition(1, { due: null }),
      transition(2, { was: 'QUEUED', ...CLAIM }),
      transition(3, { was: 'RUNNING', state: 'RETRYING', attempt: 1, previousAttempt: 1, heldBy: LOSER }),
      transition(4, { was: 'RETRYING', state: 'RUNNING', attempt: 2, previousAttempt: 1 }),
      transition(5, {
        ...{ was: 'RUNNING', state: 'SUCCEEDED', attempt: 2, previousAttempt: 2 },
        ...{ heldBy: WINNER, completedBy: WINNER, leaseLeftMs: 900 },
      }),
    ],
    effects: [
      { taskId: TASK, attempt: 1, pid: 1, phase: 'start', at: 1_002 },
      { taskId: TASK, attempt: 2, pid: 2, phase: 'start', at: 1_004 },
      { taskId: TASK, attempt: 2, pid: 2, phase: 'end', at: 1_005 },
    ],
    residue: { longestIdleTransactionMs: 3, leaks: [] },
  };
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const alterTask = (history: Mutable<History>, change: Partial<TaskRecord>) => {
  history.tasks = history.tasks.map((task) => ({ ...task, ...change }));
};
const alterTransition = (history: Mutable<History>, seq: number, change: Partial<TransitionRecord>) => {
  history.transitions = history.transitions.map((one) => (one.seq === seq ? { ...one, ...change } : one));
};
const cancel = (history: Mutable<History>, accepted: boolean, state: TaskRecord['state'] | null) => {
  history.promises = { ...history.promises, cancels: [{ id: WEB, accepted, state, sentAt: 0, answeredAt: 0 }] };
};

it('finds nothing in a sound history', () => {
  expect(check(sound())).toEqual([]);
});

it('finds nothing in a task that was cancelled before it ran', () => {
  const history = sound();
  alterTask(history, {
    ...{ state: 'CANCELLED', stateSeq: 2, attempt: 0, lostAttempts: 0, completedBy: null, resultOfAttempt: null },
  });
  history.attempts = [];
  history.effects = [];
  history.transitions = [
    transition(1, { due: null }),
    transition(2, { was: 'QUEUED', state: 'CANCELLED', previousAttempt: 0 }),
  ];
  cancel(history, true, 'CANCELLED');
  expect(check(history)).toEqual([]);
});

/** Its first worker waited for it. */
const claimAtOnce = (history: Mutable<History>, change: Partial<TransitionRecord> = {}) => {
  const claimed = transition(2, { ...CLAIM, previousAttempt: null, ...change });
  history.transitions = [claimed, ...history.transitions.slice(2)];
};

test('a task that was claimed by the statement that stored it is a sound history', () => {
  const history = sound();
  claimAtOnce(history);
  expect(check(history)).toEqual([]);
});

const CORRUPTIONS: readonly (readonly [invariant: string, what: string, (history: Mutable<History>) => void])[] = [
  ['I1', 'a lost WebTask', (h) => (h.webTasks = [])],
  ['I1', 'a lost SchedulerTask', (h) => (h.tasks = [])],
  ['I1', 'a stranded task', (h) => alterTask(h, { state: 'RUNNING' })],
  ['I2', 'a second end', (h) => (h.transitions = [...h.transitions, { ...h.transitions.at(-1)!, was: 'SUCCEEDED' }])],
  ['I2', 'an end that nobody saw', (h) => (h.transitions = h.transitions.slice(0, -1))],
  ['I3', 'an attempt without an end', (h) => (h.attempts = [])],
  ['I3', 'an attempt with two ends', (h) => (h.attempts = [...h.attempts, ...h.attempts])],
  [
    'I3',
    'an end of the attempt that succeeded',
    (h) => (h.attempts = [...h.attempts, { taskId: TASK, number: 2, outcome: 'RELEASED' }]),
  ],
  ['I4', 'the result of a stale attempt', (h) => alterTask(h, { resultOfAttempt: 1 })],
  ['I4', 'a completion by who does not hold it', (h) => alterTransition(h, 5, { completedBy: LOSER })],
  ['I4', 'a completion without a lease', (h) => alterTransition(h, 5, { leaseLeftMs: null })],
  ['I4', 'a completion after the lease', (h) => alterTransition(h, 5, { leaseLeftMs: -800 })],
  ['I4', 'a completion of what does not run', (h) => alterTransition(h, 5, { was: 'RETRYING' })],
  ['I5', 'a forgotten cancel', (h) => cancel(h, true, 'CANCELLING')],
  ['I5', 'a refusal that lied', (h) => cancel(h, false, 'FAILED')],
  [
    'I5',
    'a cancel that changed what it said it had not',
    (h) => {
      alterTask(h, { state: 'CANCELLED' });
      cancel(h, false, null);
    },
  ],
  ['I5', 'a claim after a cancel', (h) => alterTransition(h, 3, { state: 'CANCELLED' })],
  ['I6', 'a success without an effect', (h) => (h.effects = h.effects.slice(0, 1))],
  ['I6', 'a success whose effect never ended', (h) => (h.effects = h.effects.slice(0, 2))],
  ['I7', 'a loss that is not counted', (h) => alterTask(h, { lostAttempts: 0 })],
  ['I7', 'more failures than allowed', (h) => alterTask(h, { maxAttempts: 0, failedAttempts: 1 })],
  ['I7', 'a task given up too early', (h) => alterTask(h, { state: 'FAILED', errorCode: 'WORKER_LOST' })],
  ['I8', 'an orphan', (h) => alterTask(h, { key: null })],
  ['I8', 'a doubled execution', (h) => (h.tasks = [...h.tasks, { ...h.tasks[0]!, id: `${TASK}2` }])],
  ['I8', 'a binding that never ends', (h) => (h.webTasks = [{ ...h.webTasks[0]!, status: 'BINDING' }])],
  ['I9', 'a jump of stateSeq', (h) => alterTransition(h, 3, { seq: 4 })],
  ['I9', 'a repeated stateSeq', (h) => alterTransition(h, 3, { seq: 2 })],
  ['I9', 'an illegal move', (h) => alterTransition(h, 3, { state: 'QUEUED', was: 'SUCCEEDED' })],
  ['I9', 'a change without a transition', (h) => alterTask(h, { stateSeq: 6 })],
  ['I9', 'a claim that does not count', (h) => alterTransition(h, 4, { attempt: 1 })],
  ['I9', 'a claim at once that does not count', (h) => claimAtOnce(h, { attempt: 0 })],
  ['I9', 'a claim at once without a place for the creation', (h) => claimAtOnce(h, { seq: 1 })],
  ['I10', 'a claim at once before its time', (h) => claimAtOnce(h, { due: 2_000 })],
  ['I10', 'a claim before its time', (h) => alterTransition(h, 2, { due: 2_000 })],
  [
    'I10',
    'a start before its time',
    (h) => (h.effects = h.effects.map((effect) => ({ ...effect, at: effect.at - 500 }))),
  ],
  ['I12', 'an idle transaction', (h) => (h.residue = { longestIdleTransactionMs: 6_000, leaks: [] })],
  ['I12', 'a leak', (h) => (h.residue = { longestIdleTransactionMs: 0, leaks: ['the pool holds 11 connections'] })],
];

it.each(CORRUPTIONS)('%s finds %s', (invariant, _what, corrupt) => {
  const history = sound();
  corrupt(history);
  expect(check(history).map((violation) => violation.invariant)).toContain(invariant);
});
