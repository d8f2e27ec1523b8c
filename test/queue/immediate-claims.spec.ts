import { v7 as uuidv7 } from 'uuid';
import { auditClaims } from '../../apps/dtp-scheduler/src/queue/statements/audit-claims.ts';
import { enqueueTasks } from '../../apps/dtp-scheduler/src/queue/statements/enqueue-tasks.ts';
import { ALL_CLAIMS, newTask, QueueDatabase } from './queue-database.ts';

const HOUR_MS = 3_600_000;
const inAnHour = () => new Date(Date.now() + HOUR_MS).toISOString();
const anHourAgo = () => new Date(Date.now() - HOUR_MS).toISOString();

describe('tasks that are stored while a worker waits for them', () => {
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

  const narrow = async () =>
    Object.fromEntries(
      await Promise.all(
        ['ready', 'scheduled', 'claims', 'deadlines'].map(async (table) => [table, await db.count(table)]),
      ),
    );

  test('are its own at once, as if it had claimed them', async () => {
    const task = newTask();
    const [row] = await enqueueTasks(db.a, [task], db.claimOf(worker));
    expect(row).toMatchObject({ id: task.id, place: 'claimed', deadline_in_ms: null });
    expect(await db.task(task.id)).toMatchObject({
      ...{ state: 'RUNNING', state_seq: 2, attempt: 1, worker_id: worker, failed_attempts: 0, lost_attempts: 0 },
      started_at: expect.any(Date),
    });
    expect(await narrow()).toEqual({ ready: 0, scheduled: 0, claims: 1, deadlines: 0 });
    const [claim] = await db.a.query('SELECT worker_id, ids, attempts FROM claims');
    expect(claim).toEqual({ worker_id: worker, ids: [task.id], attempts: [1] });
  });

  test('wait in their usual places where it does not know their type, or their time has not come or has passed', async () => {
    const places = {
      claimed: newTask({ runAt: anHourAgo(), deadlineAt: inAnHour() }),
      ready: newTask({ type: 'nobody.knows' }),
      scheduled: newTask({ runAt: inAnHour() }),
      expired: newTask({ deadlineAt: anHourAgo() }),
    };
    const rows = await enqueueTasks(db.a, Object.values(places), db.claimOf(worker));
    const found = Object.fromEntries(rows.map(({ id, place }) => [place, id]));
    expect(found).toEqual(Object.fromEntries(Object.entries(places).map(([place, { id }]) => [place, id])));
    expect(await narrow()).toEqual({ ready: 1, scheduled: 1, claims: 1, deadlines: 2 });
    expect(await db.count('scheduler_task', `state = 'RUNNING'`)).toBe(1);
    const leftMs = rows.find(({ place }) => place === 'claimed')?.deadline_in_ms ?? 0;
    expect(Math.abs(leftMs - HOUR_MS)).toBeLessThan(60_000);
  });

  test('are queued when its lease has lapsed, or was taken away', async () => {
    await db.letLeaseLapse(worker);
    const rows = [
      ...(await enqueueTasks(db.a, [newTask()], db.claimOf(worker))),
      ...(await enqueueTasks(db.a, [newTask()], db.claimOf(uuidv7()))),
    ];
    expect(rows.map(({ place }) => place)).toEqual(['ready', 'ready']);
    expect(await narrow()).toEqual({ ready: 2, scheduled: 0, claims: 0, deadlines: 0 });
  });

  test('are not run again by a repeat of their key', async () => {
    const keyed = () => newTask({ idempotencyKey: 'k' });
    const first = keyed();
    await enqueueTasks(db.a, [first], db.claimOf(worker));
    expect(await enqueueTasks(db.a, [keyed()], db.claimOf(worker))).toEqual([]);
    expect(await db.count('scheduler_task')).toBe(1);
    expect(await db.count('claims')).toBe(1);
  });

  test('are left alone by an audit that knows of their claim, and given back by the next', async () => {
    const claim = db.claimOf(worker);
    await enqueueTasks(db.a, [newTask()], claim);
    const nothing = { workerId: worker, held: [] };
    expect(await auditClaims(db.a, nothing, { ...ALL_CLAIMS, pending: [claim.claimId] })).toBe(0);
    expect(await db.count('claims')).toBe(1);
    expect(await auditClaims(db.a, nothing, ALL_CLAIMS)).toBe(1);
    expect(await narrow()).toEqual({ ready: 1, scheduled: 0, claims: 0, deadlines: 0 });
  });

  test('are left alone by an audit that comes late: its memory is older than their claim', async () => {
    const begun = uuidv7();
    await enqueueTasks(db.a, [newTask()], db.claimOf(worker));
    const late = { ...ALL_CLAIMS, before: begun };
    expect(await auditClaims(db.a, { workerId: worker, held: [] }, late)).toBe(0);
    expect(await narrow()).toEqual({ ready: 0, scheduled: 0, claims: 1, deadlines: 0 });
  });

  test('forget the claims of which nothing is held any more, of this worker alone', async () => {
    const other = await db.worker();
    const [mine, its] = [db.claimOf(worker), db.claimOf(other)];
    await enqueueTasks(db.a, [newTask()], mine);
    await enqueueTasks(db.a, [newTask()], its);
    await enqueueTasks(db.a, [newTask()], { ...db.claimOf(worker), finished: [mine.claimId, its.claimId] });
    expect(await db.count('claims', `worker_id = '${worker}'`)).toBe(1);
    expect(await db.count('claims', `worker_id = '${other}'`)).toBe(1);
  });
});
