import type { Sql } from '@taskpilot/platform';
import { v7 as uuidv7 } from 'uuid';
import { auditClaims } from '../../apps/dtp-scheduler/src/queue/statements/audit-claims.ts';
import { cancelTask } from '../../apps/dtp-scheduler/src/queue/statements/cancel-task.ts';
import { claimTasks } from '../../apps/dtp-scheduler/src/queue/statements/claim-tasks.ts';
import { enqueueTasks } from '../../apps/dtp-scheduler/src/queue/statements/enqueue-tasks.ts';
import { expireDeadlines } from '../../apps/dtp-scheduler/src/queue/statements/expire-deadlines.ts';
import { moveDueTasks } from '../../apps/dtp-scheduler/src/queue/statements/move-due-tasks.ts';
import { rescueTasks } from '../../apps/dtp-scheduler/src/queue/statements/rescue-tasks.ts';
import { retireWorker } from '../../apps/dtp-scheduler/src/queue/statements/retire-worker.ts';
import { settleOverdueCancels } from '../../apps/dtp-scheduler/src/queue/statements/settle-overdue-cancels.ts';
import { settleTasks } from '../../apps/dtp-scheduler/src/queue/statements/settle-tasks.ts';
import { ENDS } from './ends.ts';
import { ALL_CLAIMS, newTask, QueueDatabase } from './queue-database.ts';

const GRACE_MS = 30_000;

describe('two connections racing for one task', () => {
  let db: QueueDatabase;

  beforeAll(async () => {
    db = await QueueDatabase.create();
  });
  beforeEach(() => db.empty());
  afterAll(() => db.close());

  const claimOne = (workerId: string) => async (sql: Sql) =>
    (await claimTasks(sql, { claimId: uuidv7(), workerId, types: ['echo'], limit: 1, lane: 'fresh' }, null, [])).tasks;

  test('claim × claim: one gets it', async () => {
    const [one, other] = [await db.worker(), await db.worker()];
    await db.enqueued();
    const [first, second] = await db.race(claimOne(one), claimOne(other));
    expect([first.length, second.length]).toEqual([1, 0]);
  });

  test('claim × cancel: the cancel finds it running', async () => {
    const worker = await db.worker();
    const id = await db.enqueued();
    const [, cancelled] = await db.race(claimOne(worker), (sql) => cancelTask(sql, id, GRACE_MS));
    expect(cancelled?.state).toBe('CANCELLING');
    expect(await db.count('cancelling')).toBe(1);
  });

  test('cancel × claim: the claim drops it', async () => {
    const worker = await db.worker();
    const id = await db.enqueued();
    const [, claimed] = await db.race((sql) => cancelTask(sql, id, GRACE_MS), claimOne(worker));
    expect(claimed).toEqual([]);
    expect(await db.task(id)).toMatchObject({ state: 'CANCELLED', attempt: 0 });
    expect(await db.count('ready')).toBe(0);
  });

  test('cancel × cancel: one moves it, the other finds it moved', async () => {
    const { id } = await db.running(await db.worker());
    const [first, second] = await db.race(
      (sql) => cancelTask(sql, id, GRACE_MS),
      (sql) => cancelTask(sql, id, GRACE_MS),
    );
    expect(first?.state).toBe('CANCELLING');
    expect(second).toBeUndefined();
    expect((await db.task(id)).state_seq).toBe(3);
  });

  test.each(Object.keys(ENDS))('cancel × %s: the cancel wins', async (verb) => {
    const worker = await db.worker();
    const held = await db.running(worker);
    const [, moved] = await db.race(
      (sql) => cancelTask(sql, held.id, GRACE_MS),
      (sql) => ENDS[verb]!(sql, worker, [held]),
    );
    expect(moved).toHaveLength(1);
    expect(await db.task(held.id)).toMatchObject({ state: 'CANCELLED', result: null, worker_id: null });
    expect(await db.count('ready')).toBe(0);
    expect(await db.count('scheduled')).toBe(0);
    // The end began before the cancel's commit and could not see its message to the handler: the sweep forgets it.
    await db.a.query(`UPDATE cancelling SET grace_until = now()`);
    expect(await settleOverdueCancels(db.a, 10)).toBe(0);
    expect(await db.count('cancelling')).toBe(0);
  });

  test.each(['complete', 'fail'])('%s × cancel: too late', async (verb) => {
    const worker = await db.worker();
    const held = await db.running(worker);
    const [, cancelled] = await db.race(
      (sql) => ENDS[verb]!(sql, worker, [held]),
      (sql) => cancelTask(sql, held.id, GRACE_MS),
    );
    expect(cancelled).toBeUndefined();
    expect((await db.task(held.id)).state).toBe(verb === 'complete' ? 'SUCCEEDED' : 'FAILED');
  });

  test.each(['retry', 'snooze', 'release'])('%s × cancel: cancelled at once', async (verb) => {
    const worker = await db.worker();
    const held = await db.running(worker);
    const [, cancelled] = await db.race(
      (sql) => ENDS[verb]!(sql, worker, [held]),
      (sql) => cancelTask(sql, held.id, GRACE_MS),
    );
    expect(cancelled?.state).toBe('CANCELLED');
    expect(await db.count('cancelling')).toBe(0);
  });

  test.each(Object.keys(ENDS))('%s × the same again: moved once', async (verb) => {
    const worker = await db.worker();
    const held = await db.running(worker);
    const [first, second] = await db.race(
      (sql) => ENDS[verb]!(sql, worker, [held]),
      (sql) => ENDS[verb]!(sql, worker, [held]),
    );
    expect([first.length, second.length]).toEqual([1, 0]);
    expect(await db.outcomes(held.id)).toHaveLength(1);
  });

  test.each(Object.keys(ENDS))('rescue × %s: the late worker is fenced out', async (verb) => {
    const worker = await db.worker();
    const held = await db.running(worker);
    const [rescued, moved] = await db.race(
      async (sql) => {
        // Lapses in this transaction alone: the worker still sees a live lease, and only the row can fence it out.
        await db.letLeaseLapse(worker);
        return rescueTasks(sql);
      },
      (sql) => ENDS[verb]!(sql, worker, [held]),
    );
    expect(rescued).toBe(1);
    expect(moved).toEqual([]);
    expect(await db.task(held.id)).toMatchObject({ state: 'RETRYING', lost_attempts: 1, attempt: 1 });
  });

  test.each(Object.keys(ENDS))('a lapsed lease × %s: fenced out though nobody has rescued', async (verb) => {
    const worker = await db.worker();
    const held = await db.running(worker);
    await db.letLeaseLapse(worker);
    expect(await ENDS[verb]!(db.b, worker, [held])).toEqual([]);
    expect((await db.task(held.id)).state).toBe('RUNNING');
  });

  test.each(Object.keys(ENDS))('%s × rescue: what was ended is not lost', async (verb) => {
    const worker = await db.worker(150);
    const held = await db.running(worker);
    const [moved, rescued] = await db.race(async (sql) => {
      const rows = await ENDS[verb]!(sql, worker, [held]);
      await sql.query('SELECT pg_sleep(0.2)', []);
      return rows;
    }, rescueTasks);
    expect(moved).toHaveLength(1);
    expect(rescued).toBe(0);
    expect((await db.task(held.id)).lost_attempts).toBe(0);
  });

  test('rescue × rescue: one of them does it', async () => {
    const worker = await db.worker();
    const held = await db.running(worker);
    await db.letLeaseLapse(worker);
    const [first, second] = await db.race(rescueTasks, rescueTasks);
    expect([first, second]).toEqual([1, null]);
    expect(await db.task(held.id)).toMatchObject({ lost_attempts: 1, state_seq: 3 });
  });

  test('cancel × rescue: ends cancelled, not retrying', async () => {
    const worker = await db.worker();
    const held = await db.running(worker);
    await db.letLeaseLapse(worker);
    await db.race((sql) => cancelTask(sql, held.id, GRACE_MS), rescueTasks);
    expect((await db.task(held.id)).state).toBe('CANCELLED');
    expect(await db.outcomes(held.id)).toEqual(['LOST']);
    expect(await db.count('ready')).toBe(0);
  });

  test('rescue × cancel: what waits for its retry is cancelled at once', async () => {
    const worker = await db.worker();
    const held = await db.running(worker);
    await db.letLeaseLapse(worker);
    const [, cancelled] = await db.race(rescueTasks, (sql) => cancelTask(sql, held.id, GRACE_MS));
    expect(cancelled?.state).toBe('CANCELLED');
  });

  test('a claim on its way × rescue: the worker is passed over until the claim has landed', async () => {
    const worker = await db.worker(100);
    await db.enqueued();
    const [claimed, rescued] = await db.race(async (sql) => {
      const tasks = await claimOne(worker)(sql);
      await sql.query('SELECT pg_sleep(0.15)', []);
      return tasks;
    }, rescueTasks);
    expect(claimed).toHaveLength(1);
    expect(rescued).toBeNull();
    expect(await rescueTasks(db.a)).toBe(1);
  });

  test('rescue × claim of the same worker: a dead worker claims nothing', async () => {
    const worker = await db.worker();
    await db.enqueued();
    await db.letLeaseLapse(worker);
    const [, claimed] = await db.race(rescueTasks, claimOne(worker));
    expect(claimed).toEqual([]);
    expect(await db.count('ready')).toBe(1);
  });

  test('retire × complete: what was given back cannot be completed', async () => {
    const worker = await db.worker();
    const held = await db.running(worker);
    const [released, moved] = await db.race(
      (sql) => retireWorker(sql, worker),
      (sql) => ENDS.complete!(sql, worker, [held]),
    );
    expect([released, moved.length]).toEqual([1, 0]);
    expect((await db.task(held.id)).state).toBe('QUEUED');
  });

  test('retire × rescue: a worker that comes back releases at no cost', async () => {
    const worker = await db.worker();
    const held = await db.running(worker);
    await db.letLeaseLapse(worker);
    const [released, rescued] = await db.race((sql) => retireWorker(sql, worker), rescueTasks);
    expect([released, rescued]).toEqual([1, null]);
    expect(await db.task(held.id)).toMatchObject({ state: 'QUEUED', lost_attempts: 0 });
  });

  test('a claim on its way × retire: what the retirement could not see is rescued', async () => {
    const worker = await db.worker();
    await db.enqueued();
    const [claimed, released] = await db.race(claimOne(worker), (sql) => retireWorker(sql, worker));
    expect([claimed.length, released]).toEqual([1, 0]);
    expect(await db.count('worker')).toBe(0);
    expect(await rescueTasks(db.a)).toBe(1);
    expect((await db.task(claimed[0]!.id)).state).toBe('RETRYING');
    expect(await db.count('claims')).toBe(0);
    expect(await rescueTasks(db.a)).toBeNull();
  });

  test('audit × complete: the attempt is ended once', async () => {
    const worker = await db.worker();
    const held = await db.running(worker);
    const [released, moved] = await db.race(
      (sql) => auditClaims(sql, { workerId: worker, held: [] }, ALL_CLAIMS),
      (sql) => ENDS.complete!(sql, worker, [held]),
    );
    expect([released, moved.length]).toEqual([1, 0]);
    expect(await db.outcomes(held.id)).toEqual(['RELEASED']);
  });

  test('grace over × the handler settles: cancelled once', async () => {
    const worker = await db.worker();
    const held = await db.running(worker);
    await cancelTask(db.a, held.id, -1);
    const [settled, moved] = await db.race(
      (sql) => settleOverdueCancels(sql, 10),
      (sql) => settleTasks(sql, worker, [held]),
    );
    expect([settled, moved.length]).toEqual([1, 0]);
    expect(await db.outcomes(held.id)).toEqual(['CANCELLED']);
  });

  test('the handler settles × grace over: left to the handler', async () => {
    const worker = await db.worker();
    const held = await db.running(worker);
    await cancelTask(db.a, held.id, -1);
    const [moved, settled] = await db.race(
      (sql) => settleTasks(sql, worker, [held]),
      (sql) => settleOverdueCancels(sql, 10),
    );
    expect([moved.length, settled]).toEqual([1, 0]);
  });

  test('deadline × cancel, and cancel × deadline: the first commit wins', async () => {
    const past = { deadlineAt: new Date(Date.now() - 60_000).toISOString() };
    const first = await db.enqueued(past);
    const [expired, cancelled] = await db.race(
      (sql) => expireDeadlines(sql, 10),
      (sql) => cancelTask(sql, first, GRACE_MS),
    );
    expect([expired, cancelled]).toEqual([1, undefined]);
    const second = await db.enqueued(past);
    const [, expiredLater] = await db.race(
      (sql) => cancelTask(sql, second, GRACE_MS),
      (sql) => expireDeadlines(sql, 10),
    );
    expect(expiredLater).toBe(0);
    expect((await db.task(second)).state).toBe('CANCELLED');
    expect(await expireDeadlines(db.a, 10)).toBe(1);
    expect(await db.count('deadlines')).toBe(0);
  });

  test('two movers: each due task becomes ready once', async () => {
    await db.enqueued({ runAt: new Date(Date.now() + 50).toISOString() });
    await db.a.query('SELECT pg_sleep(0.1)');
    const [first, second] = await db.race(
      (sql) => moveDueTasks(sql, 10),
      (sql) => moveDueTasks(sql, 10),
    );
    expect([first.moved, second.moved]).toEqual([1, 0]);
    expect(await db.count('ready')).toBe(1);
  });

  test('enqueue × enqueue under one key: one task', async () => {
    const [first, second] = await db.race(
      (sql) => enqueueTasks(sql, [newTask({ idempotencyKey: 'k' })]),
      (sql) => enqueueTasks(sql, [newTask({ idempotencyKey: 'k' })]),
    );
    expect([first.length, second.length]).toEqual([1, 0]);
    expect(await db.count('scheduler_task')).toBe(1);
    expect(await db.count('ready')).toBe(1);
  });
});
