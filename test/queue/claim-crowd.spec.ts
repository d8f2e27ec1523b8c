import { v7 as uuidv7 } from 'uuid';
import { claimTasks } from '../../apps/dtp-scheduler/src/queue/statements/claim-tasks.ts';
import { enqueueTasks } from '../../apps/dtp-scheduler/src/queue/statements/enqueue-tasks.ts';
import { Connection, newTask, QueueDatabase } from './queue-database.ts';

const CONNECTIONS = 64;
const TASKS = 10_000;
const LIMIT = 20;

let db: QueueDatabase;

beforeAll(async () => {
  db = await QueueDatabase.create();
});
afterAll(() => db.close());

test('64 connections claim 10,000 tasks: each once, never more at a time than asked for', async () => {
  await enqueueTasks(
    db.a,
    Array.from({ length: TASKS }, () => newTask()),
  );
  const claimed: string[] = [];
  let largest = 0;
  const workers: string[] = [];
  while (workers.length < CONNECTIONS) workers.push(await db.worker());
  const claimAll = async (workerId: string): Promise<void> => {
    const connection = await Connection.open(db.url);
    try {
      for (;;) {
        const request = { claimId: uuidv7(), workerId, types: ['echo'], limit: LIMIT, lane: 'fresh' } as const;
        const { tasks } = await claimTasks(connection, request, null, []);
        if (tasks.length === 0) return;
        largest = Math.max(largest, tasks.length);
        claimed.push(...tasks.map(({ id }) => id));
      }
    } finally {
      await connection.close();
    }
  };
  // Empty to one means only that the others have what is left in hand: nobody gives up before all is claimed.
  while (claimed.length < TASKS) await Promise.all(workers.map(claimAll));
  expect(claimed).toHaveLength(TASKS);
  expect(new Set(claimed).size).toBe(TASKS);
  expect(largest).toBe(LIMIT);
  const [row] = await db.a.query(
    `SELECT count(*)::integer AS running, max(attempt) AS attempt, (SELECT count(*)::integer FROM ready) AS ready
     FROM scheduler_task WHERE state = 'RUNNING'`,
  );
  expect(row).toEqual({ running: TASKS, attempt: 1, ready: 0 });
}, 60_000);
