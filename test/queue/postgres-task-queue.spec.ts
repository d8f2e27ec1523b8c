import { Logger } from '@nestjs/common';
import { DEFAULT_RETRY_POLICY, type SchedulerTaskState } from '@taskpilot/contracts';
import type { Sql } from '@taskpilot/platform';
import pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { PostgresHints } from '../../apps/dtp-scheduler/src/queue/postgres-hints.ts';
import { PostgresTaskQueue } from '../../apps/dtp-scheduler/src/queue/postgres-task-queue.ts';
import type { ClaimLane, NewTask } from '../../apps/dtp-scheduler/src/queue/task-queue.ts';
import { newTask, QueueDatabase } from './queue-database.ts';

describe('the queue on PostgreSQL', () => {
  let db: QueueDatabase;
  let pool: pg.Pool;
  let hints: PostgresHints;
  let queue: PostgresTaskQueue;

  beforeAll(async () => {
    db = await QueueDatabase.create();
    pool = new pg.Pool({ connectionString: db.url, max: 10 });
    const sql: Sql = {
      query: async <Row>(text: string, values: readonly unknown[]) =>
        (await pool.query(text, [...values])).rows as Row[],
    };
    hints = new PostgresHints(sql, db.url, new Logger());
    queue = new PostgresTaskQueue(sql, hints);
  });
  beforeEach(() => db.empty());
  afterAll(async () => {
    await hints.close();
    await pool.end();
    await db.close();
  });

  const claim = (workerId: string, limit: number, lane: ClaimLane = 'fresh') =>
    queue.claim({ workerId, types: ['echo'], limit, lane });
  const enqueue = async (overrides: Partial<NewTask> = {}) => {
    const answer = await queue.enqueue(newTask(overrides));
    if (answer.kind !== 'created') throw new Error(answer.kind);
    return answer.task;
  };

  describe('enqueue', () => {
    test('answers what a later read answers', async () => {
      const created = await enqueue({ payload: { b: 1, a: [1.5, null, 'ü'] }, priority: 7, timeoutMs: 5 });
      expect(await queue.find(created.id)).toEqual({ kind: 'found', value: created });
      expect(Object.keys(created.payload)).toEqual(['b', 'a']);
    });

    test('many at once, some with the same key: one task a key', async () => {
      const tasks = Array.from({ length: 200 }, (_, index) => newTask({ idempotencyKey: `key-${index % 20}` }));
      const answers = await Promise.all(tasks.map((task) => queue.enqueue(task)));
      expect(answers.filter((answer) => answer.kind === 'created')).toHaveLength(20);
      expect(answers.filter((answer) => answer.kind === 'existing')).toHaveLength(180);
      expect(await db.count('scheduler_task')).toBe(20);
      expect(await db.count('ready')).toBe(20);
    });

    test.each(['NULL', 'null', '\\', '"', 'a"b\\c', '{x,y}', '{}', "it's", ','])('the key %s as it is', async (key) => {
      const created = await enqueue({ idempotencyKey: key });
      const stored = await queue.find(created.id);
      expect(stored).toMatchObject({ kind: 'found', value: { idempotencyKey: key, type: 'echo', queue: 'default' } });
      expect(await queue.enqueue(newTask({ idempotencyKey: key }))).toMatchObject({ kind: 'existing' });
    });

    test('one row that the database refuses does not take the others with it', async () => {
      const bad = newTask({
        payload: { text: '\u0000' },
        retryPolicy: { ...DEFAULT_RETRY_POLICY, maxAttempts: 2 ** 31 },
      });
      const answers = await Promise.allSettled(
        [newTask(), newTask(), bad, newTask()].map((task) => queue.enqueue(task)),
      );
      expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
      expect(await db.count('scheduler_task')).toBe(3);
    });

    test('the same key with another request is a mismatch', async () => {
      await enqueue({ idempotencyKey: 'k', requestHash: 'one' });
      expect(await queue.enqueue(newTask({ idempotencyKey: 'k', requestHash: 'two' }))).toEqual({ kind: 'mismatch' });
    });

    test('a time ahead waits apart, and becomes ready when it is due', async () => {
      const later = await enqueue({ runAt: new Date(Date.now() + 60_000).toISOString() });
      expect(await claim(await db.worker(), 10)).toEqual([]);
      const { moved, nextInMs } = await queue.moveDue(10);
      expect(moved).toBe(0);
      expect(nextInMs).toBeGreaterThan(50_000);
      await db.a.query(`UPDATE scheduled SET run_at = now()`);
      expect(await queue.moveDue(10)).toEqual({ moved: 1, nextInMs: null });
      expect(await claim(await db.worker(), 10)).toMatchObject([{ id: later.id }]);
    });

    test('what has become due is claimed soon, wherever it stands in the order', async () => {
      const worker = await db.worker();
      const urgent = await enqueue({ priority: 10, runAt: new Date(Date.now() + 60_000).toISOString() });
      await enqueue();
      await claim(worker, 1);
      await db.a.query(`UPDATE scheduled SET run_at = now()`);
      await queue.moveDue(10);
      let [claimed] = await claim(worker, 1);
      while (!claimed) [claimed] = await claim(worker, 1);
      expect(claimed).toMatchObject({ id: urgent.id });
    });

    test('a deadline in the past is never claimed, and ends the task', async () => {
      const late = await enqueue({ deadlineAt: '2020-01-01T00:00:00.000Z' });
      expect(await claim(await db.worker(), 10)).toEqual([]);
      expect(await queue.expireDeadlines(10)).toBe(1);
      expect(await db.task(late.id)).toMatchObject({ state: 'FAILED', error: { code: 'DEADLINE_EXCEEDED' } });
    });
  });

  describe('claim', () => {
    test('the highest priority first, then the oldest; each once', async () => {
      const low = await enqueue({ priority: -5 });
      const [first, second] = [await enqueue(), await enqueue()];
      const high = await enqueue({ priority: 5 });
      const worker = await db.worker();
      const claimed = [...(await claim(worker, 3)), ...(await claim(worker, 3)), ...(await claim(worker, 3))];
      expect(claimed.map(({ id }) => id)).toEqual([high.id, first.id, second.id, low.id]);
    });

    test('sees a higher priority that arrives behind the point it has reached', async () => {
      const worker = await db.worker();
      await enqueue();
      await claim(worker, 1);
      const urgent = await enqueue({ priority: 100 });
      expect(await claim(worker, 1)).toMatchObject([{ id: urgent.id }]);
    });

    test('what a cancelled task of an unknown type leaves behind is removed, and nothing else', async () => {
      const { id } = await enqueue({ type: 'unknown.type' });
      await enqueue({ type: 'unknown.type' });
      await queue.cancel(id, 1_000);
      await queue.dropOrphans();
      await queue.dropOrphans();
      expect(await db.count('ready')).toBe(1);
    });

    test('leaves types alone that the worker does not know, and reports them', async () => {
      const stranger = await enqueue({ type: 'unknown.type', priority: 100 });
      const known = await enqueue();
      expect(await claim(await db.worker(), 10)).toMatchObject([{ id: known.id }]);
      expect((await db.task(stranger.id)).state).toBe('QUEUED');
      expect(await queue.unhandledTypes(10)).toEqual(['unknown.type']);
    });

    test('a claim full of orphans is not an empty queue', async () => {
      const cancelled = [await enqueue(), await enqueue(), await enqueue()];
      for (const { id } of cancelled) await queue.cancel(id, 1_000);
      const alive = await enqueue();
      expect(await claim(await db.worker(), 3)).toMatchObject([{ id: alive.id }]);
      expect(await db.count('ready')).toBe(0);
    });

    test('a worker without a live lease gets nothing', async () => {
      await enqueue();
      const worker = await db.worker();
      await db.letLeaseLapse(worker);
      expect(await claim(worker, 1)).toEqual([]);
      expect(await claim(uuidv7(), 1)).toEqual([]);
    });

    test('64 claims at once from 1,000 tasks: each task once', async () => {
      await Promise.all(Array.from({ length: 1_000 }, () => enqueue()));
      const worker = await db.worker();
      const claims = await Promise.all(Array.from({ length: 64 }, () => claim(worker, 16)));
      expect(claims.every((tasks) => tasks.length <= 16)).toBe(true);
      const ids = claims.flat().map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      while ((await claim(worker, 100)).length > 0);
      expect(await db.count('scheduler_task', `state = 'RUNNING' AND attempt = 1`)).toBe(1_000);
    });

    test('tasks that were lost come apart from fresh ones, by how often', async () => {
      const [once, twice, fresh] = [await enqueue(), await enqueue(), await enqueue()];
      for (const [id, losses] of [
        [once.id, 1],
        [twice.id, 2],
      ] as const) {
        await db.a.query('UPDATE ready SET lost_attempts = $2 WHERE id = $1', [id, losses]);
      }
      const worker = await db.worker();
      expect(await claim(worker, 10)).toMatchObject([{ id: fresh.id }]);
      expect(await claim(worker, 10, 'lostOnce')).toMatchObject([{ id: once.id }]);
      expect(await claim(worker, 10, 'lostTwice')).toMatchObject([{ id: twice.id }]);
    });

    test('how long those have waited that were lost twice, of the types asked for', async () => {
      for (const [lost, waitedMs] of [
        [0, 400_000],
        [1, 300_000],
        [2, 100_000],
        [2, 200_000],
      ]) {
        const { id } = await enqueue();
        const values = [id, lost, waitedMs];
        await db.a.query(
          `UPDATE ready SET lost_attempts = $2, ready_at = now() - $3 * interval '1 ms' WHERE id = $1`,
          values,
        );
      }
      const waitedMs = await queue.longestLostTwiceMs(['echo']);
      expect(waitedMs).toBeGreaterThanOrEqual(200_000);
      expect(waitedMs).toBeLessThan(250_000);
      expect(await queue.longestLostTwiceMs(['other'])).toBeNull();
    });
  });

  describe('the end of attempts', () => {
    test('a mixed batch: each by its verb, and a stale one spoils nothing', async () => {
      const worker = await db.worker();
      for (let made = 0; made < 5; made++) await enqueue();
      const [a, b, c, d, e] = await claim(worker, 5);
      const error = { code: 'HANDLER_ERROR', message: 'no' };
      const stale = { ...e!, attempt: 9 };
      const answers = await queue.end(worker, [
        { ...a!, verb: 'complete', result: '{"done":true}' },
        { ...b!, verb: 'retry', outcome: 'FAILED', error, delayMs: 60_000 },
        { ...c!, verb: 'fail', outcome: 'TIMED_OUT', error },
        { ...d!, verb: 'snooze', delayMs: 60_000 },
        { ...stale, verb: 'complete', result: '1' },
      ]);
      expect(answers).toEqual(['recorded', 'recorded', 'recorded', 'recorded', 'stale']);
      const states: string[] = [];
      for (const task of [a, b, c, d, e]) states.push((await db.task(task!.id)).state);
      expect(states).toEqual(['SUCCEEDED', 'RETRYING', 'FAILED', 'QUEUED', 'RUNNING']);
      expect(await db.task(a!.id)).toMatchObject({ result: { done: true }, error: null });
      expect(await db.count('scheduled')).toBe(2);
    });

    test('many deadlines whose tasks ended in time do not hold up one that has passed', async () => {
      const worker = await db.worker();
      const soon = () => new Date(Date.now() + 100).toISOString();
      for (let made = 0; made < 6; made++) await enqueue({ deadlineAt: soon() });
      const held = await claim(worker, 6);
      await queue.end(
        worker,
        held.map((task) => ({ ...task, verb: 'complete', result: '1' })),
      );
      const late = await enqueue({ deadlineAt: soon(), type: 'unknown.type' });
      await db.a.query('SELECT pg_sleep(0.2)');
      expect(await queue.expireDeadlines(3)).toBe(3);
      expect(await queue.expireDeadlines(3)).toBe(3);
      expect(await queue.expireDeadlines(3)).toBe(1);
      expect((await db.task(late.id)).state).toBe('FAILED');
    });

    test('a repeat after a lost reply is recorded, not stale; another outcome is', async () => {
      const worker = await db.worker();
      await enqueue();
      const [held] = await claim(worker, 1);
      const end = { ...held!, verb: 'complete', result: '1' } as const;
      expect(await queue.end(worker, [end])).toEqual(['recorded']);
      expect(await queue.end(worker, [end])).toEqual(['recorded']);
      expect(await queue.end(worker, [{ ...held!, verb: 'release' }])).toEqual(['stale']);
      expect(await queue.end(uuidv7(), [end])).toEqual(['stale']);
      expect(await db.outcomes(held!.id)).toEqual(['SUCCEEDED']);
    });

    test('a retry that would start after the deadline fails at once, and keeps the failure', async () => {
      const worker = await db.worker();
      const { id } = await enqueue({ deadlineAt: new Date(Date.now() + 30_000).toISOString() });
      const [held] = await claim(worker, 1);
      const error = { code: 'HTTP_STATUS', message: '500' };
      await queue.end(worker, [{ ...held!, verb: 'retry', outcome: 'FAILED', error, delayMs: 60_000 }]);
      expect(await db.task(id)).toMatchObject({
        state: 'FAILED',
        error: { code: 'DEADLINE_EXCEEDED', lastError: { code: 'HTTP_STATUS' } },
      });
      const attempts = await queue.attempts(id);
      expect(attempts).toMatchObject({ value: [{ outcome: 'FAILED', error, retryAt: null }] });
    });

    test('claims whose tasks have all ended are forgotten by the next claim', async () => {
      const worker = await db.worker();
      await enqueue();
      const [held] = await claim(worker, 1);
      expect(await db.count('claims')).toBe(1);
      await queue.end(worker, [{ ...held!, verb: 'complete', result: '1' }]);
      await claim(worker, 1);
      expect(await db.count('claims')).toBe(0);
    });
  });

  describe('what is lost', () => {
    test('the third loss ends the task and says so', async () => {
      const { id } = await enqueue();
      for (const lane of ['fresh', 'lostOnce', 'lostTwice'] as const) {
        const worker = await db.worker();
        expect(await claim(worker, 1, lane)).toHaveLength(1);
        await db.letLeaseLapse(worker);
        expect(await queue.rescue()).toBe(1);
      }
      expect(await queue.rescue()).toBeNull();
      expect(await db.task(id)).toMatchObject({ state: 'FAILED', lost_attempts: 3, error: { code: 'WORKER_LOST' } });
      expect(await db.outcomes(id)).toEqual(['LOST', 'LOST', 'LOST']);
      expect(await db.count('claims')).toBe(0);
      expect(await db.count('worker')).toBe(0);
    });

    test('an audit gives back what a claim took unheard, and nothing that is held', async () => {
      const worker = await db.worker();
      for (let made = 0; made < 2; made++) await enqueue();
      const [held] = await claim(worker, 1);
      const [unheard] = await claim(worker, 1);
      expect(await queue.audit({ workerId: worker, held: [held!] })).toBe(1);
      expect((await db.task(unheard!.id)).state).toBe('QUEUED');
      expect((await db.task(held!.id)).state).toBe('RUNNING');
      expect(await db.count('claims')).toBe(1);
    });

    test('a task claimed again before its last end was answered is still found when its worker dies', async () => {
      const worker = await db.worker();
      const { id } = await enqueue();
      await enqueue();
      const [first] = await claim(worker, 1);
      const [other] = await claim(worker, 1);
      const error = { code: 'HANDLER_ERROR', message: 'no' };
      const end = { ...first!, verb: 'retry', outcome: 'FAILED', error, delayMs: 0 } as const;
      await queue.end(worker, [end]);
      const [second] = await claim(worker, 1);
      expect(second).toMatchObject({ id, attempt: 2 });
      // The answer to the first end was lost: it is sent again while the second attempt runs.
      await queue.end(worker, [end, { ...other!, verb: 'complete', result: '1' }]);
      await claim(worker, 1);
      await db.letLeaseLapse(worker);
      expect(await queue.rescue()).toBe(1);
      expect(await db.task(id)).toMatchObject({ state: 'RETRYING', lost_attempts: 1 });
    });

    test('a task whose holder is gone without a trace is found by the walk, and no other', async () => {
      const [gone, alive] = [await db.worker(), await db.worker()];
      for (let made = 0; made < 3; made++) await enqueue();
      const [stray] = await claim(gone, 1);
      const [held] = await claim(alive, 1);
      await db.a.query('DELETE FROM claims WHERE worker_id = $1', [gone]);
      await db.a.query('DELETE FROM worker WHERE id = $1', [gone]);
      expect(await queue.rescue()).toBeNull();
      let rescued = 0;
      for (let step = 0; step < 4; step++) rescued += await queue.rescueStray(1);
      expect(rescued).toBe(1);
      expect((await db.task(stray!.id)).state).toBe('RETRYING');
      expect((await db.task(held!.id)).state).toBe('RUNNING');
    });
  });

  describe('cancel', () => {
    test('repeated: the same answer while it runs on, terminal once it is over', async () => {
      const worker = await db.worker();
      const { id } = await enqueue();
      const [held] = await claim(worker, 1);
      expect(await queue.cancel(id, 60_000)).toMatchObject({ kind: 'accepted', task: { state: 'CANCELLING' } });
      expect(await queue.cancel(id, 60_000)).toMatchObject({ kind: 'accepted', task: { state: 'CANCELLING' } });
      expect(await queue.cancelling(worker)).toEqual([{ id, attempt: 1 }]);
      await queue.end(worker, [{ ...held!, verb: 'settle' }]);
      expect(await queue.cancel(id, 60_000)).toEqual({ kind: 'terminal', state: 'CANCELLED' });
      expect(await queue.cancel(uuidv7(), 60_000)).toEqual({ kind: 'unknown' });
    });
  });

  describe('lists', () => {
    const listed = async (state: SchedulerTaskState) => {
      const page = await queue.list({ state }, { limit: 50, before: null });
      return page.items.map(({ id }) => id);
    };

    test('by state, newest first', async () => {
      const worker = await db.worker();
      const done = await enqueue();
      await queue.end(worker, [{ ...(await claim(worker, 1))[0]!, verb: 'complete', result: '1' }]);
      const running = await enqueue();
      await claim(worker, 1);
      const cancelling = await enqueue();
      await claim(worker, 1);
      await queue.cancel(cancelling.id, 60_000);
      const queued = await enqueue();
      const scheduled = await enqueue({ runAt: '2099-01-01T00:00:00.000Z' });
      expect(await listed('SUCCEEDED')).toEqual([done.id]);
      expect(await listed('RUNNING')).toEqual([running.id]);
      expect(await listed('CANCELLING')).toEqual([cancelling.id]);
      expect(await listed('QUEUED')).toEqual([scheduled.id, queued.id]);
      expect(await listed('RETRYING')).toEqual([]);
    });

    test('pages follow one another without gap or repeat, with and without a filter', async () => {
      const made: string[] = [];
      for (let number = 0; number < 25; number++) made.push((await enqueue({ queue: number % 2 ? 'odd' : 'even' })).id);
      for (const filter of [{}, { queue: 'odd' }]) {
        const seen: string[] = [];
        let before: string | null = null;
        do {
          const page = await queue.list(filter, { limit: 4, before });
          seen.push(...page.items.map(({ id }) => id));
          before = page.nextId;
        } while (before !== null);
        const expected = made.filter((_, index) => !('queue' in filter) || index % 2 === 1).reverse();
        expect(seen).toEqual(expected);
      }
    });

    test('by idempotency key', async () => {
      const { id } = await enqueue({ idempotencyKey: 'mine' });
      const page = await queue.list({ idempotencyKey: 'mine' }, { limit: 50, before: null });
      expect(page).toMatchObject({ items: [{ id }], nextId: null });
    });
  });

  test('what has been pruned is told from what never was, and its key stays taken', async () => {
    const worker = await db.worker();
    const old = newTask({ id: uuidv7({ msecs: Date.now() - 40 * 86_400_000 }), idempotencyKey: 'old' });
    const recent = newTask();
    for (const task of [old, recent]) {
      await queue.enqueue(task);
      await queue.end(worker, [{ ...(await claim(worker, 1))[0]!, verb: 'complete', result: '1' }]);
    }
    await db.a.query(`UPDATE scheduler_task SET finished_at = now() - interval '40 days' WHERE id = $1`, [old.id]);
    expect(await queue.prune(30, 100)).toEqual({ removed: 1, isLast: true });
    expect(await queue.prune(30, 100)).toEqual({ removed: 0, isLast: true });
    expect(await queue.find(old.id)).toEqual({ kind: 'pruned' });
    expect(await queue.attempts(old.id)).toEqual({ kind: 'pruned' });
    expect(await queue.cancel(old.id, 1)).toEqual({ kind: 'pruned' });
    expect(await queue.find(recent.id)).toMatchObject({ kind: 'found' });
    expect(await queue.enqueue(newTask({ idempotencyKey: 'old' }))).toEqual({ kind: 'pruned', taskId: old.id });
    expect(await db.outcomes(recent.id)).toEqual(['SUCCEEDED']);
    expect(await db.outcomes(old.id)).toEqual([]);
  });

  test('hints of another process wake this one, its own come directly', async () => {
    await hints.listen();
    const woken = new Promise<void>((resolve) => {
      const unsubscribe = hints.onReady(() => {
        unsubscribe();
        resolve();
      });
    });
    await db.b.query(`SELECT pg_notify('dtp_ready', 'somebody else')`);
    await woken;
    let own = 0;
    hints.onReady(() => own++);
    await enqueue();
    expect(own).toBe(1);
  });
});
