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
import type { AttemptRef } from '../../apps/dtp-scheduler/src/queue/task-queue.ts';
import { ENDS } from './ends.ts';
import { ALL_CLAIMS, newTask, QueueDatabase } from './queue-database.ts';

const GRACE_MS = 30_000;
const ROUNDS = 10;
const ENDED_IN: Record<string, string> = {
  complete: 'SUCCEEDED',
  retry: 'RETRYING',
  fail: 'FAILED',
  snooze: 'QUEUED',
  release: 'QUEUED',
};

/** A lone row, the fewest of which one can be stale and one not, and a full batch: each statement has to be right with all. */
describe.each([1, 2, 500, 1_000])('two connections racing for batches of %i', (size) => {
  let db: QueueDatabase;
  let worker: string;

  beforeAll(async () => {
    db = await QueueDatabase.create();
  });
  beforeEach(async () => {
    await db.empty();
    worker = await db.worker();
  });
  afterAll(() => db.close());

  const enqueued = async (overrides: Parameters<typeof newTask>[0] = {}) => {
    await enqueueTasks(
      db.a,
      Array.from({ length: size }, () => newTask(overrides)),
    );
  };
  const running = async () => {
    await enqueued();
    return db.claim(worker, size);
  };
  const claim = (workerId: string) => async (sql: Sql) => {
    const claimId = uuidv7();
    return (await claimTasks(sql, { claimId, workerId, types: ['echo'], limit: size, lane: 'fresh' }, null, [])).tasks;
  };
  const everySecond = <T>(all: readonly T[]) => all.filter((_, index) => index % 2 === 0);
  const cancelEach = (tasks: readonly AttemptRef[]) => async (sql: Sql) => {
    for (const { id } of tasks) await cancelTask(sql, id, GRACE_MS);
  };
  const states = async () => {
    const rows = await db.a.query<{ state: string; count: number }>(
      'SELECT state, count(*)::integer AS count FROM scheduler_task GROUP BY state',
    );
    return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
  };
  /** Created, claimed, ended: nobody has moved a task twice. */
  const movedTo = (seq: number) => db.count('scheduler_task', `state_seq = ${seq}`);

  test('claim × claim: each task is claimed once', async () => {
    const other = await db.worker();
    await enqueued();
    await enqueued();
    const [first, second] = await db.race(claim(worker), claim(other));
    expect([first.length, second.length]).toEqual([size, size]);
    expect(new Set([...first, ...second].map(({ id }) => id)).size).toBe(2 * size);
    expect([await movedTo(2), await db.count('ready')]).toEqual([2 * size, 0]);
  });

  test('cancels × claim: it takes the rest and drops what was cancelled', async () => {
    await enqueued();
    const waiting = await db.a.query<AttemptRef>('SELECT id, 0 AS attempt FROM ready ORDER BY id');
    const cancelled = everySecond(waiting);
    const [, claimed] = await db.race(cancelEach(cancelled), claim(worker));
    expect(claimed).toHaveLength(size - cancelled.length);
    expect([await db.count('ready'), await db.count('scheduler_task', `state = 'CANCELLED'`)]).toEqual([
      0,
      cancelled.length,
    ]);
  });

  const stored = (by: string) => (sql: Sql) =>
    enqueueTasks(
      sql,
      Array.from({ length: size }, () => newTask()),
      db.claimOf(by),
    );

  test('stored for a worker × its rescue: it is spared, and they are its own', async () => {
    // The lease lapses before the rescue looks, and after the claim has found it alive.
    const short = await db.worker(250);
    const [rows, rescued] = await db.race(stored(short), async (sql) => {
      await sql.query('SELECT pg_sleep(0.3)', []);
      return rescueTasks(sql);
    });
    expect(rows.filter(({ place }) => place === 'claimed')).toHaveLength(size);
    expect(rescued).toBeNull();
    expect(await rescueTasks(db.a)).toBe(size);
    expect(await states()).toEqual({ RETRYING: size });
  });

  test('a rescue × stored for its worker: they are queued, for others', async () => {
    const dead = await db.worker();
    await db.letLeaseLapse(dead);
    const [rescued, rows] = await db.race(rescueTasks, stored(dead));
    expect(rescued).toBe(0);
    expect(rows.map(({ place }) => place)).toEqual(Array.from({ length: size }, () => 'ready'));
    expect(await claim(worker)(db.a)).toHaveLength(size);
  });

  test('stored for a worker × its retirement: what that cannot see yet is found without an owner', async () => {
    const leaving = await db.worker();
    const [rows] = await db.race(stored(leaving), (sql) => retireWorker(sql, leaving));
    expect(rows.filter(({ place }) => place === 'claimed')).toHaveLength(size);
    while ((await rescueTasks(db.a)) !== null);
    expect(await states()).toEqual({ RETRYING: size });
    expect([await db.count('ready'), await db.count('claims')]).toEqual([size, 0]);
  });

  test('stored for a worker × the same keys: one creates them, and they are claimed once', async () => {
    const keys = Array.from({ length: size }, (_, index) => `k${index}`);
    const keyed = (by: string, order: readonly string[]) => (sql: Sql) =>
      enqueueTasks(
        sql,
        order.map((idempotencyKey) => newTask({ idempotencyKey })),
        db.claimOf(by),
      );
    const other = await db.worker();
    const [first, second] = await db.race(keyed(worker, keys), keyed(other, keys.toReversed()));
    expect([first.length, second.length]).toEqual([size, 0]);
    expect([await movedTo(2), await db.count('claims'), await db.count('ready')]).toEqual([size, 1, 0]);
  });

  describe.each(Object.keys(ENDS))('%s', (verb) => {
    const end = (held: readonly AttemptRef[]) => (sql: Sql) => ENDS[verb]!(sql, worker, held);

    test('the same again: each is moved once', async () => {
      const held = await running();
      const [first, second] = await db.race(end(held), end(held));
      expect([first.length, second.length]).toEqual([size, 0]);
      expect(await states()).toEqual({ [ENDED_IN[verb]!]: size });
      expect(await movedTo(3)).toBe(size);
    });

    test('after cancels of every second: those end cancelled, the others as they were to', async () => {
      const held = await running();
      const cancelled = everySecond(held);
      const [, moved] = await db.race(cancelEach(cancelled), end(held));
      expect(moved).toHaveLength(size);
      const others = size - cancelled.length;
      expect(await states()).toEqual({
        CANCELLED: cancelled.length,
        ...(others > 0 && { [ENDED_IN[verb]!]: others }),
      });
    });

    test('after a rescue: the late worker is fenced out of all of them', async () => {
      const held = await running();
      const [rescued, moved] = await db.race(async (sql) => {
        await db.letLeaseLapse(worker);
        return rescueTasks(sql);
      }, end(held));
      expect([rescued, moved]).toEqual([size, []]);
      expect(await states()).toEqual({ RETRYING: size });
    });

    test('before a retirement: what was ended is not given back', async () => {
      const held = await running();
      const ended = everySecond(held);
      const [moved, released] = await db.race(end(ended), (sql) => retireWorker(sql, worker));
      expect([moved.length, released]).toEqual([ended.length, size - ended.length]);
      expect(await movedTo(3)).toBe(size);
    });

    test('before an audit that no longer holds them: each is moved once', async () => {
      const held = await running();
      const ended = everySecond(held);
      const [moved, released] = await db.race(end(ended), (sql) =>
        auditClaims(sql, { workerId: worker, held: [] }, ALL_CLAIMS),
      );
      expect([moved.length, released]).toEqual([ended.length, size - ended.length]);
      expect(await movedTo(3)).toBe(size);
    });
  });

  test('rescue × rescue: one of them does it', async () => {
    await running();
    await db.letLeaseLapse(worker);
    const [first, second] = await db.race(rescueTasks, rescueTasks);
    expect([first, second]).toEqual([size, null]);
    expect(await db.count('attempt', `outcome = 'LOST'`)).toBe(size);
  });

  test('grace over × the handlers settle: each is cancelled once', async () => {
    const held = await running();
    await cancelEach(held)(db.a);
    await db.a.query(`UPDATE cancelling SET grace_until = now()`);
    const [overdue, settled] = await db.race(
      (sql) => settleOverdueCancels(sql, size),
      (sql) => settleTasks(sql, worker, held),
    );
    expect([overdue, settled.length]).toEqual([size, 0]);
    expect([await states(), await movedTo(4), await db.count('cancelling')]).toEqual([{ CANCELLED: size }, size, 0]);
  });

  test('deadlines × cancels: the first commit wins, each task ends once', async () => {
    await enqueued({ deadlineAt: new Date(Date.now() + 60_000).toISOString() });
    const tasks = await db.a.query<AttemptRef>('SELECT id, 0 AS attempt FROM scheduler_task ORDER BY id');
    await db.a.query(`UPDATE deadlines SET deadline_at = now() - interval '1 s'`);
    await db.a.query(`UPDATE scheduler_task SET deadline_at = now() - interval '1 s'`);
    const [expired] = await db.race((sql) => expireDeadlines(sql, size), cancelEach(everySecond(tasks)));
    expect([expired, await states(), await movedTo(2)]).toEqual([size, { FAILED: size }, size]);
  });

  test('two movers: each due task becomes ready once', async () => {
    await enqueued({ runAt: new Date(Date.now() + 60_000).toISOString() });
    await db.a.query(`UPDATE scheduled SET run_at = now() - interval '1 s'`);
    const [first, second] = await db.race(
      (sql) => moveDueTasks(sql, size),
      (sql) => moveDueTasks(sql, size),
    );
    expect([first.moved, second.moved]).toEqual([size, 0]);
    expect([await db.count('ready'), await db.count('scheduled')]).toEqual([size, 0]);
  });

  test('enqueue × enqueue under the same keys: one task each', async () => {
    const keyed = () => Array.from({ length: size }, (_, index) => newTask({ idempotencyKey: `key ${index}` }));
    const [first, second] = await db.race(
      (sql) => enqueueTasks(sql, keyed()),
      (sql) => enqueueTasks(sql, keyed().reverse()),
    );
    expect([first.length, second.length]).toEqual([size, 0]);
    expect([await db.count('scheduler_task'), await db.count('ready')]).toEqual([size, size]);
  });

  test('both at once under the same keys in opposite orders, again and again: nobody is a deadlock victim', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const keyed = () => Array.from({ length: size }, (_, index) => newTask({ idempotencyKey: `${round} ${index}` }));
      const stored = await Promise.all([enqueueTasks(db.a, keyed()), enqueueTasks(db.b, keyed().reverse())]);
      expect(stored.flat()).toHaveLength(size);
    }
  });

  test('two claims of one worker at once, each forgetting finished ones: each task is claimed once', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      await enqueued();
      await enqueued();
      const finished = (await db.a.query<{ claim_id: string }>('SELECT claim_id FROM claims')).map(
        (row) => row.claim_id,
      );
      const claimBeside = async (sql: Sql, forget: readonly string[]) => {
        const request = { claimId: uuidv7(), workerId: worker, types: ['echo'], limit: size, lane: 'fresh' } as const;
        return (await claimTasks(sql, request, null, forget)).tasks;
      };
      const both = await Promise.all([claimBeside(db.a, finished.slice(0, 1)), claimBeside(db.b, finished.slice(1))]);
      // One that found nothing unlocked has come too late, and would ask again.
      const rest = await claim(worker)(db.a);
      expect(new Set([...both.flat(), ...rest].map(({ id }) => id)).size).toBe(2 * size);
    }
    expect([await movedTo(2), await db.count('ready')]).toEqual([ROUNDS * 2 * size, 0]);
  });
});
