import { Random } from '../cluster/random.ts';
import { FailpointTurns, type Turn } from './failpoint-turns.ts';

const ALL: readonly Turn[] = [
  { app: 'taskpilot-api', name: 'startBindings:before' },
  { app: 'dtp-scheduler', name: 'claimTasks:after' },
  { app: 'dtp-scheduler', name: 'claimTasks:before' },
];

it('gives each its turn as often as every other', () => {
  const turns = new FailpointTurns(new Random(1), ALL);
  const given = Array.from({ length: 4 * ALL.length }, () => turns.next());
  expect(ALL.map((turn) => given.filter((each) => each === turn).length)).toEqual([4, 4, 4]);
});

it('prefers one that suits, and takes any where none does', () => {
  const turns = new FailpointTurns(new Random(1), ALL);
  const given = ALL.map(() => turns.next(({ app }) => app === 'taskpilot-api'));
  expect(given[0]).toBe(ALL[0]);
  expect(new Set(given)).toEqual(new Set(ALL));
});

it('tells how often processes died at each, and where none did', () => {
  const turns = new FailpointTurns(new Random(1), ALL);
  expect(turns.notes).toEqual([]);
  const [start, after] = ALL as [Turn, Turn];
  for (const turn of [start, start, after]) turns.died(turn);
  expect(turns.notes).toEqual([
    "1 failpoints × 2: TaskPilot's startBindings:before",
    '1 failpoints × 1: claimTasks:after',
    '1 failpoints × 0: claimTasks:before',
  ]);
  expect(turns.complaints).toEqual(['nobody died at claimTasks:before']);
});

it('finds the failpoints of both planes in what is built', () => {
  const names = FailpointTurns.ofBothPlanes().map(({ app, name }) => `${app} ${name}`);
  expect(names).toEqual(
    expect.arrayContaining([
      'dtp-scheduler claimTasks:before',
      'dtp-scheduler heartbeatWorker:after',
      'taskpilot-api forgetKeys:after',
      'taskpilot-api createTasks:before',
    ]),
  );
  expect(names.filter((name) => /find|list|read/.test(name))).toEqual([]);
});
