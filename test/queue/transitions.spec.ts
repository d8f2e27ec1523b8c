import { TRANSITIONS } from '../../apps/dtp-scheduler/src/domain/transitions.ts';
import { cancelTask } from '../../apps/dtp-scheduler/src/queue/statements/cancel-task.ts';
import { completeTasks } from '../../apps/dtp-scheduler/src/queue/statements/complete-tasks.ts';
import { expireDeadlines } from '../../apps/dtp-scheduler/src/queue/statements/expire-deadlines.ts';
import { failTasks } from '../../apps/dtp-scheduler/src/queue/statements/fail-tasks.ts';
import { releaseTasks } from '../../apps/dtp-scheduler/src/queue/statements/release-tasks.ts';
import { rescueTasks } from '../../apps/dtp-scheduler/src/queue/statements/rescue-tasks.ts';
import { retryTasks } from '../../apps/dtp-scheduler/src/queue/statements/retry-tasks.ts';
import { settleTasks } from '../../apps/dtp-scheduler/src/queue/statements/settle-tasks.ts';
import { snoozeTasks } from '../../apps/dtp-scheduler/src/queue/statements/snooze-tasks.ts';
import type { AttemptRef, NewTask } from '../../apps/dtp-scheduler/src/queue/task-queue.ts';
import { QueueDatabase } from './queue-database.ts';

const error = { code: 'HANDLER_ERROR', message: 'no' };
const failed = { outcome: 'FAILED', error } as const;

/** Each verb of the table, made to happen to a task that the worker holds. */
const VERBS: Record<string, (db: QueueDatabase, worker: string, held: AttemptRef) => Promise<unknown>> = {
  complete: (db, worker, held) => completeTasks(db.a, worker, [{ ...held, result: '{}' }]),
  fail: (db, worker, held) => failTasks(db.a, worker, [{ ...held, ...failed }]),
  retry: (db, worker, held) => retryTasks(db.a, worker, [{ ...held, ...failed, delayMs: 60_000 }]),
  snooze: (db, worker, held) => snoozeTasks(db.a, worker, [{ ...held, delayMs: 60_000 }]),
  release: (db, worker, held) => releaseTasks(db.a, worker, [held]),
  settle: (db, worker, held) => settleTasks(db.a, worker, [held]),
  cancel: (db, _, held) => cancelTask(db.a, held.id, 30_000),
  rescue: async (db, worker) => {
    await db.letLeaseLapse(worker);
    await rescueTasks(db.a);
  },
  expire: async (db, _, held) => {
    // Time passes by shifting what is stored.
    await db.a.query(`UPDATE scheduler_task SET deadline_at = now() - interval '1 minute' WHERE id = $1`, [held.id]);
    await db.a.query(`INSERT INTO deadlines VALUES (now() - interval '1 minute', $1)`, [held.id]);
    await expireDeadlines(db.a, 10);
  },
  claim: (db, worker) => db.claim(worker),
};

describe('the statements and the table of legal moves', () => {
  let db: QueueDatabase;

  beforeAll(async () => {
    db = await QueueDatabase.create();
    await db.a.query(`CREATE TABLE seen (verb text, from_state text, to_state text, step integer)`);
    await db.a.query(`CREATE FUNCTION note_move() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      INSERT INTO seen VALUES (current_setting('test.verb'), OLD.state, NEW.state, NEW.state_seq - OLD.state_seq);
      RETURN NEW; END $$`);
    await db.a.query(`CREATE TRIGGER note_move AFTER UPDATE OF state ON scheduler_task FOR EACH ROW
      EXECUTE FUNCTION note_move()`);
  });
  beforeEach(() => db.empty());
  afterAll(() => db.close());

  async function as<T>(verb: string, work: () => Promise<T>): Promise<T> {
    await db.a.query(`SELECT set_config('test.verb', $1, false)`, [verb]);
    return work();
  }

  /** A task in the state that a move starts from, by the shortest legal way. */
  async function inState(state: string, worker: string, overrides: Partial<NewTask>): Promise<AttemptRef> {
    if (state === 'QUEUED') return { id: await db.enqueued(overrides), attempt: 0 };
    const held = await as('claim', () => db.running(worker, overrides));
    if (state === 'RETRYING') {
      await as('retry', () => retryTasks(db.a, worker, [{ ...held, ...failed, delayMs: 0 }]));
    }
    if (state === 'CANCELLING') await as('cancel', () => cancelTask(db.a, held.id, 30_000));
    return held;
  }

  const setUp: Record<string, (id: string) => Promise<unknown>> = {
    'retry RUNNING FAILED': (id) =>
      db.a.query(`UPDATE scheduler_task SET deadline_at = now() + interval '1 s' WHERE id = $1`, [id]),
    'rescue RUNNING FAILED': (id) =>
      db.a
        .query('UPDATE scheduler_task SET lost_attempts = 2, attempt = 3 WHERE id = $1', [id])
        .then(() => db.a.query('UPDATE claims SET attempts = ARRAY[3] WHERE $1 = ANY (ids)', [id])),
  };

  test.each(TRANSITIONS.map((edge) => [edge.verb, edge.from, edge.to] as const))(
    '%s: %s → %s',
    async (verb, from, to) => {
      const worker = await db.worker();
      const held = await inState(from, worker, {});
      await setUp[`${verb} ${from} ${to}`]?.(held.id);
      const before = await db.task(held.id);
      await as(verb, () => VERBS[verb]!(db, worker, held));
      expect(await db.task(held.id)).toMatchObject({ state: to, state_seq: before.state_seq + 1 });
    },
  );

  test('no statement makes a move that the table does not have, and each step counts one', async () => {
    const seen = await db.a.query<{ verb: string; from_state: string; to_state: string; step: number }>(
      'SELECT DISTINCT * FROM seen',
    );
    const legal = new Set(TRANSITIONS.map(({ verb, from, to }) => `${verb}: ${from} → ${to}`));
    const moves = seen.map((move) => `${move.verb}: ${move.from_state} → ${move.to_state}`);
    expect(new Set(moves)).toEqual(legal);
    expect(new Set(seen.map((move) => move.step))).toEqual(new Set([1]));
  });

  const TERMINAL = ['SUCCEEDED', 'FAILED', 'CANCELLED'] as const;
  test.each(TERMINAL)('nothing leaves %s', async (state) => {
    const worker = await db.worker();
    const held = await inState('RUNNING', worker, {});
    if (state === 'CANCELLED') await as('cancel', () => VERBS.cancel!(db, worker, held));
    const end = { SUCCEEDED: 'complete', FAILED: 'fail', CANCELLED: 'settle' }[state];
    await as(end, () => VERBS[end]!(db, worker, held));
    const ended = await db.task(held.id);
    expect(ended.state).toBe(state);
    for (const verb of Object.keys(VERBS)) await as(verb, () => VERBS[verb]!(db, worker, held));
    const { deadline_at: _, ...unchanged } = (await db.task(held.id)) as typeof ended & { deadline_at: unknown };
    expect(ended).toMatchObject(unchanged);
  });
});
