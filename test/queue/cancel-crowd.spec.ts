import type { Sql } from '@taskpilot/platform';
import { v7 as uuidv7 } from 'uuid';
import { cancelTask } from '../../apps/dtp-scheduler/src/queue/statements/cancel-task.ts';
import { claimTasks } from '../../apps/dtp-scheduler/src/queue/statements/claim-tasks.ts';
import { completeTasks } from '../../apps/dtp-scheduler/src/queue/statements/complete-tasks.ts';
import { enqueueTasks } from '../../apps/dtp-scheduler/src/queue/statements/enqueue-tasks.ts';
import { rescueTasks } from '../../apps/dtp-scheduler/src/queue/statements/rescue-tasks.ts';
import { settleOverdueCancels } from '../../apps/dtp-scheduler/src/queue/statements/settle-overdue-cancels.ts';
import type { AttemptRef } from '../../apps/dtp-scheduler/src/queue/task-queue.ts';
import { Connection, newTask, QueueDatabase, type StoredTask } from './queue-database.ts';

/** More with CANCEL_ROUNDS: 20 make 5,000 cancels against each rival. */
const ROUNDS = Number(process.env.CANCEL_ROUNDS ?? 2);
const TASKS = 250;
const CONNECTIONS = 8;
const GRACE_MS = 30_000;

let db: QueueDatabase;
let connections: Connection[];

beforeAll(async () => {
  db = await QueueDatabase.create();
  connections = await Promise.all(Array.from({ length: CONNECTIONS }, () => Connection.open(db.url)));
});
beforeEach(() => db.empty());
afterAll(async () => {
  await Promise.all(connections.map((connection) => connection.close()));
  await db.close();
});

const claim = (sql: Sql, workerId: string, limit: number) =>
  claimTasks(sql, { claimId: uuidv7(), workerId, types: ['echo'], limit, lane: 'fresh' }, null, []);

async function enqueued(): Promise<string[]> {
  const tasks = Array.from({ length: TASKS }, () => newTask());
  await enqueueTasks(db.a, tasks);
  return tasks.map(({ id }) => id);
}

/** Over a few connections, in the order given, while the rival is at work on another one. Answers the states told. */
async function cancelAll(ids: readonly string[], rival: Promise<unknown>): Promise<(string | undefined)[]> {
  const told: (string | undefined)[] = [];
  const queue = ids.entries();
  const lane = async (sql: Sql): Promise<void> => {
    for (const [index, id] of queue) told[index] = (await cancelTask(sql, id, GRACE_MS))?.state;
  };
  await Promise.all([...connections.slice(1).map(lane), rival]);
  return told;
}

const endOf = async (ids: readonly string[]): Promise<StoredTask[]> => Promise.all(ids.map((id) => db.task(id)));

async function inBatches(items: readonly AttemptRef[], each: (batch: AttemptRef[]) => Promise<unknown>): Promise<void> {
  for (let start = 0; start < items.length; start += 10) await each(items.slice(start, start + 10));
}

const rounds = Array.from({ length: ROUNDS }, (_, index) => index + 1);

test.each(rounds)('cancels × completions, round %i: each answer agrees with the end', async () => {
  await enqueued();
  const worker = await db.worker();
  const { tasks } = await claim(db.a, worker, TASKS);
  const ids = tasks.map(({ id }) => id);
  const complete = (batch: AttemptRef[]) =>
    completeTasks(
      connections[0]!,
      worker,
      batch.map((held) => ({ ...held, result: '1' })),
    );
  // Both ways through the same tasks: they meet in the middle, and everywhere else one is clearly the first.
  const told = await cancelAll(ids.toReversed(), inBatches(tasks, complete));
  const ends = await endOf(ids.toReversed());
  expect(ends.map(({ state }) => state)).toEqual(told.map((state) => (state ? 'CANCELLED' : 'SUCCEEDED')));
  expect(new Set(told)).toEqual(new Set([undefined, 'CANCELLING']));
});

test.each(rounds)('cancels × a rescue, round %i: none is refused, none is forgotten', async () => {
  await enqueued();
  const worker = await db.worker();
  const { tasks } = await claim(db.a, worker, TASKS);
  const ids = tasks.map(({ id }) => id);
  await db.letLeaseLapse(worker);
  const told = await cancelAll(ids.toReversed(), rescueTasks(connections[0]!));
  expect(told.filter((state) => state === undefined)).toEqual([]);
  expect((await endOf(ids)).map(({ state, attempt }) => `${state} ${attempt}`)).toEqual(ids.map(() => 'CANCELLED 1'));
  // The rescue cannot see the messages of cancels that it waited for: the sweep forgets them, and moves nothing.
  await db.a.query(`UPDATE cancelling SET grace_until = now()`);
  expect(await settleOverdueCancels(db.a, TASKS)).toBe(0);
  expect(await db.count('cancelling')).toBe(0);
});

test.each(rounds)('cancels × claims, round %i: what was cancelled first is not claimed', async () => {
  const ids = await enqueued();
  const worker = await db.worker();
  // As often as it could take: a claim that meets nothing but what is cancelled is empty, and not the last.
  const claimAll = async () => {
    for (let claims = 0; claims < TASKS / 5; claims++) await claim(connections[0]!, worker, 10);
  };
  const told = await cancelAll(ids.toReversed(), claimAll());
  const ends = await endOf(ids.toReversed());
  expect(ends.map(({ state }) => state)).toEqual(told);
  expect(ends.map(({ attempt }) => attempt)).toEqual(told.map((state) => (state === 'CANCELLED' ? 0 : 1)));
});

test.each(rounds)('cancels × cancels, round %i: one of each pair moves it', async () => {
  const ids = await enqueued();
  const told = await cancelAll([...ids, ...ids].sort(), Promise.resolve());
  expect(told.filter((state) => state === 'CANCELLED')).toHaveLength(TASKS);
  expect((await endOf(ids)).map(({ state_seq }) => state_seq)).toEqual(ids.map(() => 2));
});
