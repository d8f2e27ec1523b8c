import { Logger } from '@nestjs/common';
import type { Sql } from '@taskpilot/platform';
import { PostgresHints } from '../../apps/dtp-scheduler/src/queue/postgres-hints.ts';
import { PostgresTaskQueue } from '../../apps/dtp-scheduler/src/queue/postgres-task-queue.ts';
import { newTask, QueueDatabase } from './queue-database.ts';

/** What the model test has found about a worker that does not know yet that its lease has lapsed. */
describe('a worker whose lease has lapsed', () => {
  let db: QueueDatabase;
  let hints: PostgresHints;
  let queue: PostgresTaskQueue;

  beforeAll(async () => {
    db = await QueueDatabase.create();
  });
  beforeEach(async () => {
    await db.empty();
    const sql: Sql = db.b;
    hints = new PostgresHints(sql, db.url, new Logger());
    queue = new PostgresTaskQueue(sql, hints);
  });
  afterEach(() => hints.close());
  afterAll(() => db.close());

  const claim = (workerId: string) => queue.claim({ workerId, types: ['echo'], limit: 1, lane: 'fresh' });

  test('may report an end too late and ask for more: what it held is rescued all the same', async () => {
    const worker = await db.worker();
    await queue.enqueue(newTask());
    const [held] = await claim(worker);
    await db.letLeaseLapse(worker);
    expect(await queue.end(worker, [{ id: held!.id, attempt: 1, verb: 'complete', result: '1' }])).toEqual(['stale']);
    // A claim forgets the claims of which nothing is held any more: this one is none of them.
    expect(await claim(worker)).toEqual([]);
    expect(await queue.rescue()).toBe(1);
    expect(await db.task(held!.id)).toMatchObject({ state: 'RETRYING', lost_attempts: 1 });
  });

  test('may ask in vain: the next worker of its process finds what was ready', async () => {
    const first = await db.worker();
    await queue.enqueue(newTask({ priority: -1 }));
    await claim(first);
    const urgent = newTask({ priority: 1, runAt: new Date(Date.now() + 60_000).toISOString() });
    await queue.enqueue(urgent);
    await db.a.query('UPDATE scheduled SET run_at = now()');
    await queue.moveDue(10);
    await db.letLeaseLapse(first);
    expect(await claim(first)).toEqual([]);
    expect(await claim(await db.worker())).toMatchObject([{ id: urgent.id }]);
  });

  test('an end of an earlier attempt is stale, though the current one ends with it', async () => {
    const worker = await db.worker();
    await queue.enqueue(newTask());
    const [first] = await claim(worker);
    await queue.end(worker, [{ id: first!.id, attempt: 1, verb: 'release' }]);
    const [second] = await claim(worker);
    const ends = [1, 2].map((attempt) => ({ id: second!.id, attempt, verb: 'complete', result: '1' }) as const);
    expect(await queue.end(worker, ends)).toEqual(['stale', 'recorded']);
  });
});
