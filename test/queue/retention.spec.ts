import type { Sql } from '@taskpilot/platform';
import { v7 as uuidv7 } from 'uuid';
import { enqueueTasks } from '../../apps/dtp-scheduler/src/queue/statements/enqueue-tasks.ts';
import { forgetTasks, pruneTasks } from '../../apps/dtp-scheduler/src/queue/statements/prune-tasks.ts';
import { newTask, QueueDatabase } from './queue-database.ts';

const DAY_MS = 86_400_000;
const START = '00000000-0000-0000-0000-000000000000';

describe('retention', () => {
  let db: QueueDatabase;
  beforeAll(async () => {
    db = await QueueDatabase.create();
  });
  beforeEach(() => db.empty());
  afterAll(() => db.close());

  const madeDaysAgo = async (days: number, key: string | null = null) => {
    const task = newTask({ id: uuidv7({ msecs: Date.now() - days * DAY_MS }), idempotencyKey: key });
    await enqueueTasks(db.a, [task]);
    return task.id;
  };
  const endedDaysAgo = async (days: number, key: string | null = null) => {
    const id = await madeDaysAgo(days, key);
    await db.a.query('DELETE FROM ready WHERE id = $1', [id]);
    await db.a.query(
      `UPDATE scheduler_task SET state = 'SUCCEEDED', completed_by = gen_random_uuid(), attempt = 1,
         started_at = created_at, finished_at = now() - $2::integer * interval '1 day' WHERE id = $1`,
      [id, days],
    );
    return id;
  };
  const ids = async (table: string) =>
    (await db.a.query<{ id: string }>(`SELECT id FROM ${table} ORDER BY id`)).map(({ id }) => id);

  test('walks over old tasks that still wait, a bounded step at a time, and leaves them be', async () => {
    const waiting = [await madeDaysAgo(50), await madeDaysAgo(49), await madeDaysAgo(48)];
    const ended = [await endedDaysAgo(40), await endedDaysAgo(39)];
    const recent = await endedDaysAgo(29);
    expect(await pruneTasks(db.a, 30, 2, START)).toEqual({ removed: 0, last: waiting[1] });
    expect(await pruneTasks(db.a, 30, 2, waiting[1]!)).toEqual({ removed: 1, last: ended[0] });
    expect(await pruneTasks(db.a, 30, 2, ended[0]!)).toEqual({ removed: 1, last: null });
    expect(await ids('scheduler_task')).toEqual([...waiting, recent]);
    expect(await ids('pruned_task')).toEqual(ended);
  });

  test('looks at nothing where all is kept: a hundred years ago there were no ids yet', async () => {
    for (const days of [40, 20_000]) await endedDaysAgo(days);
    await pruneTasks(db.a, 30, 1, START);
    expect(await pruneTasks(db.a, 36_500, 1, START)).toEqual({ removed: 0, last: null });
    expect(await forgetTasks(db.a, 36_500, 1, START)).toEqual({ removed: 0, last: null });
  });

  test('keeps a task that was made long ago and has ended lately', async () => {
    const id = await endedDaysAgo(40);
    await db.a.query(`UPDATE scheduler_task SET finished_at = now() - interval '29 days'`);
    expect(await pruneTasks(db.a, 30, 100, START)).toEqual({ removed: 0, last: null });
    expect(await ids('scheduler_task')).toEqual([id]);
  });

  test('two processes prune at once, each task once', async () => {
    for (let made = 0; made < 20; made++) await endedDaysAgo(40);
    const prune = (sql: Sql) => pruneTasks(sql, 30, 100, START);
    const [first, second] = await db.race(prune, prune);
    expect([first.removed, second.removed]).toEqual([20, 0]);
    expect(await db.count('pruned_task')).toBe(20);
  });

  test('forgets a pruned task and its key together, 90 days after it was pruned', async () => {
    const [long, late, recent] = [
      await endedDaysAgo(130, 'long'),
      await endedDaysAgo(129, 'late'),
      await endedDaysAgo(40, 'recent'),
    ];
    await pruneTasks(db.a, 30, 100, START);
    await db.a.query(`UPDATE pruned_task SET pruned_at = now() - interval '91 days' WHERE id <> $1`, [late]);
    expect(await forgetTasks(db.a, 30, 100, START)).toEqual({ removed: 1, last: null });
    expect(await ids('pruned_task')).toEqual([late, recent]);
    const keys = await db.a.query<{ key: string }>('SELECT key FROM idempotency_key ORDER BY key');
    expect(keys.map(({ key }) => key)).toEqual(['late', 'recent']);
    expect(await ids('scheduler_task')).not.toContain(long);
  });

  test('a key that has been given to another task meanwhile stays', async () => {
    const old = await endedDaysAgo(130, 'key');
    await pruneTasks(db.a, 30, 100, START);
    await db.a.query(`UPDATE pruned_task SET pruned_at = now() - interval '91 days'`);
    const other = uuidv7();
    await db.a.query(`UPDATE idempotency_key SET task_id = $1 WHERE task_id = $2`, [other, old]);
    await forgetTasks(db.a, 30, 100, START);
    expect(await db.count('idempotency_key', `task_id = '${other}'`)).toBe(1);
  });
});
