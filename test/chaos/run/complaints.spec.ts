import type { History, TaskRecord } from '../checker/history.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { CallRate } from './call-rate.ts';
import type { Caller } from './caller.ts';
import { complaintsOf, notesOf } from './complaints.ts';
import type { Fault } from './faults.ts';
import { Load } from './load.ts';
import type { Losses } from './losses.ts';
import type { StormOptions } from './storm-options.ts';

const OPTIONS = {
  mostWorkerLost: 1,
  mostLingeringLost: 1,
  mostWhileAway: 3,
  spreads: true,
  unsaid: /StaleAttempt.*/,
} as unknown as StormOptions;
const fault = (change: Partial<Fault> = {}): Fault => ({
  ...{ kind: 'crash', target: 'postgres', atMs: 0, tookMs: 1, inFlight: 1 },
  ...change,
});
const lost = (key: string): TaskRecord =>
  ({ id: `execution of ${key}`, key, state: 'FAILED', errorCode: 'WORKER_LOST' }) as TaskRecord;
const secondAttempt = (at: number) => ({ taskId: 'a', attempt: 2, pid: 1, phase: 'start', at }) as const;
/** A first attempt that fails at 100, and how long the second is to wait. */
const waited = (ms: number) => [
  { taskId: `a ${ms}`, was: 'RUNNING', state: 'RETRYING', attempt: 1, due: 0, at: 100 },
  { taskId: `a ${ms}`, was: 'RETRYING', state: 'RUNNING', attempt: 2, due: 100 + ms, at: 90_000 },
];

/** A run of which nothing is to be said. */
function sound() {
  return {
    load: new Load({} as Caller, 'load', () => Promise.resolve(0)),
    cluster: {
      members: [{ name: 'worker-1', surprises: [] as string[], current: { output: () => 'all is well' } }],
    },
    losses: undefined as Losses | undefined,
    faults: [fault()] as Fault[],
    history: {
      tasks: [lost('unlucky')],
      effects: [secondAttempt(0), secondAttempt(1_000), secondAttempt(2_000)],
      transitions: [0, 1_000, 2_000].flatMap(waited),
      promises: { cancels: [] },
    } as unknown as {
      tasks: TaskRecord[];
      effects: object[];
      transitions: object[];
      promises: { cancels: object[] };
    },
    quiet: true,
    calls: { ratio: 3, note: 'calls between the planes: many' } as CallRate,
  };
}

const complaints = (run: ReturnType<typeof sound>) => {
  const history = run.history as unknown as History;
  return complaintsOf(OPTIONS, { ...run, history, cluster: run.cluster as unknown as Cluster });
};

it('has nothing to say of a sound run', () => {
  expect(complaints(sound())).toEqual([]);
});

it.each<readonly [RegExp, (run: ReturnType<typeof sound>) => unknown]>([
  [/2 innocent tasks ended WORKER_LOST/, ({ history }) => history.tasks.push(lost('another'))],
  [
    /2 lingering tasks ended WORKER_LOST/,
    ({ load, history }) => {
      for (const key of ['slow', 'slower']) {
        load.lingering.add(key);
        history.tasks.push(lost(key));
      }
    },
  ],
  [
    /the poisonous task of poison ended SUCCEEDED/,
    ({ load, history }) => {
      load.poisoned.add('poison');
      history.tasks.push({ ...lost('poison'), state: 'SUCCEEDED' });
    },
  ],
  [/1 of 2 faults hit no work in flight/, ({ faults }) => faults.push(fault({ inFlight: 0 }))],
  [/not served within 10000 ms after 1 faults/, ({ faults }) => faults.push(fault({ servedAfterMs: 10_001 }))],
  [/not everything had ended/, (run) => Object.assign(run, { quiet: false })],
  [/calls between the planes: many/, (run) => Object.assign(run.calls, { ratio: 3.1 })],
  [/an odd answer/, ({ load }) => load.oddities.push('an odd answer')],
  [/3 answers were to be lost/, (run) => Object.assign(run, { losses: { complaints: ['3 answers were to be lost'] } })],
  [
    /worker-1 said: StaleAttempt: no longer ours/,
    ({ cluster }) => Object.assign(cluster.members[0]!.current, { output: () => 'x\nStaleAttempt: no longer ours' }),
  ],
  [/ended by itself/, ({ cluster }) => cluster.members[0]!.surprises.push('ended by itself')],
  [
    /13 second attempts began within one second, 4 on average/,
    ({ history }) =>
      history.effects.push(...Array.from({ length: 12 }, () => secondAttempt(2_500)), secondAttempt(3_000)),
  ],
  [
    /wait for too much the same time: 13 in the fullest of 4 seconds, 4 on average/,
    ({ history }) => {
      const alike = Array.from({ length: 12 }, (_, index) => waited(2_001 + index));
      history.transitions.push(...alike.flat(), ...waited(3_000));
    },
  ],
])('complains: %s', (complaint, spoil) => {
  const run = sound();
  spoil(run);
  expect(complaints(run)).toEqual([expect.stringMatching(complaint)]);
});

it('tells how many cancels met the completion', () => {
  const run = sound();
  run.history.promises.cancels.push(
    ...[
      { aimedAt: 100, sentAt: 95, answeredAt: 120 },
      { aimedAt: 100, sentAt: 106, answeredAt: 120 },
      { aimedAt: 100, sentAt: 80, answeredAt: 94 },
      { sentAt: 95, answeredAt: 120 },
    ],
  );
  const history = run.history as unknown as History;
  const notes = notesOf([], run.load, history, OPTIONS);
  expect(notes).toContain("1 of 4 cancels met their task's completion within 5 ms");
});
