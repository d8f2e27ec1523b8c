import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { TypeOrmSql } from '@taskpilot/platform';
import type { QueryRunner } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { confirmBindings } from '../../apps/taskpilot-api/src/binding/statements/confirm-bindings.ts';
import { postponeBindings } from '../../apps/taskpilot-api/src/binding/statements/postpone-bindings.ts';
import { refuseBinding } from '../../apps/taskpilot-api/src/binding/statements/refuse-binding.ts';
import { startBindings } from '../../apps/taskpilot-api/src/binding/statements/start-bindings.ts';
import { takeDueBindings } from '../../apps/taskpilot-api/src/binding/statements/take-due-bindings.ts';
import { createWebdbDataSource } from '../../apps/taskpilot-api/src/database/data-source.ts';
import { newWebTask } from '../../apps/taskpilot-api/src/tasks/new-web-task.ts';
import { insertWebTasks } from '../../apps/taskpilot-api/src/tasks/statements/insert-web-tasks.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { eventually } from './api-app.ts';

let database: TestDatabase;
let one: QueryRunner;
let other: QueryRunner;

const pool = () => one.connection;

beforeAll(async () => {
  database = await createTestDatabase('webdb');
  const dataSource = await createWebdbDataSource({ databaseUrl: database.url, poolSize: 5 }).initialize();
  one = dataSource.createQueryRunner();
  other = dataSource.createQueryRunner();
});
beforeEach(() => one.query('TRUNCATE web_task CASCADE'));
afterAll(async () => {
  await Promise.all([one.release(), other.release()]);
  await one.connection.destroy();
  await database.drop();
});

const REFUSAL = { code: 'VALIDATION_FAILED', status: 400, detail: 'no', errors: [] };
const start = (id: string) => ({ id, traceparent: null });
/** A binding as its first bind left it. */
const first = (id: string) => ({ id, generation: 1, attempts: 0 });

const newTask = (key: string | null = null) => ({
  ...newWebTask({ name: 'a task', type: 'echo' }, key, null),
  id: uuidv7(),
});

async function pending(count = 1): Promise<string[]> {
  const tasks = Array.from({ length: count }, () => newTask());
  await insertWebTasks(new TypeOrmSql(pool()), tasks);
  return tasks.map(({ id }) => id);
}

async function binding(count = 1, graceMs = 0): Promise<string[]> {
  const ids = await pending(count);
  await startBindings(new TypeOrmSql(pool()), ids.map(start), graceMs);
  return ids;
}

async function row(id = ''): Promise<Record<string, unknown>> {
  const [found] = await pool().query('SELECT * FROM web_task WHERE id = $1', [id]);
  return found;
}

/** Runs `first` in an open transaction, and `second` against it; commits once the second waits for a lock. */
async function race<A, B>(first: () => Promise<A>, second: () => Promise<B>): Promise<[A, B]> {
  await one.startTransaction();
  const a = await first();
  const waiting = second();
  await eventually(async () => {
    const [{ count }] = await pool().query(
      `SELECT count(*)::integer FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    return count > 0;
  });
  await one.commitTransaction();
  return [a, await waiting];
}

describe('races', () => {
  it('start × start: one starts', async () => {
    const [id = ''] = await pending();
    const [a, b] = await race(
      () => startBindings(new TypeOrmSql(one), [start(id)], 0),
      () => startBindings(new TypeOrmSql(other), [start(id)], 0),
    );
    expect([a.length, b.length]).toEqual([1, 0]);
  });

  it('start × start over many tasks in opposite orders: no deadlock, each starts once', async () => {
    const ids = await pending(50);
    const batches = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        startBindings(new TypeOrmSql(pool()), (index % 2 ? ids : ids.toReversed()).map(start), 0),
      ),
    );
    expect(
      batches
        .flat()
        .map(({ id }) => id)
        .sort(),
    ).toEqual(ids.sort());
  });

  it('confirm × confirm: one confirms', async () => {
    const [id = ''] = await binding();
    const schedulerTaskId = crypto.randomUUID();
    const [a, b] = await race(
      () => confirmBindings(new TypeOrmSql(one), [{ id, schedulerTaskId }]),
      () => confirmBindings(new TypeOrmSql(other), [{ id, schedulerTaskId: crypto.randomUUID() }]),
    );
    expect([a.size, b.size]).toEqual([1, 0]);
    expect(await row(id)).toMatchObject({ status: 'BOUND', scheduler_task_id: schedulerTaskId, bind_body: null });
  });

  it('refuse × confirm: the first to commit stays', async () => {
    const [id = ''] = await binding();
    const [a, b] = await race(
      () => refuseBinding(new TypeOrmSql(one), first(id), REFUSAL),
      () => confirmBindings(new TypeOrmSql(other), [{ id, schedulerTaskId: crypto.randomUUID() }]),
    );
    expect([a, b.size]).toEqual([expect.any(Date), 0]);
    expect(await row(id)).toMatchObject({ status: 'BIND_FAILED', bind_error: REFUSAL, bind_next_at: null });
  });

  it('refuse, start, refuse: the late refusal, of the bind before, changes nothing', async () => {
    const [id = ''] = await binding();
    expect(await refuseBinding(new TypeOrmSql(one), first(id), REFUSAL)).toEqual(expect.any(Date));
    const [again] = await startBindings(new TypeOrmSql(one), [start(id)], 0);
    expect(again).toMatchObject({ generation: 2, status: 'BINDING' });
    expect(await refuseBinding(new TypeOrmSql(other), first(id), REFUSAL)).toBeNull();
    const schedulerTaskId = crypto.randomUUID();
    expect(await confirmBindings(new TypeOrmSql(one), [{ id, schedulerTaskId }])).toHaveProperty('size', 1);
    expect(await row(id)).toMatchObject({ status: 'BOUND', scheduler_task_id: schedulerTaskId });
  });

  it('refuse, start, confirm: what the bind before learnt at last is as true of the new one', async () => {
    const [id = ''] = await binding();
    await refuseBinding(new TypeOrmSql(one), first(id), REFUSAL);
    await startBindings(new TypeOrmSql(one), [start(id)], 0);
    const confirmed = await confirmBindings(new TypeOrmSql(other), [{ id, schedulerTaskId: crypto.randomUUID() }]);
    expect(confirmed.size).toBe(1);
  });

  it('confirm × start: a bound task does not start again', async () => {
    const [id = ''] = await binding();
    await confirmBindings(new TypeOrmSql(one), [{ id, schedulerTaskId: crypto.randomUUID() }]);
    expect(await startBindings(new TypeOrmSql(other), [start(id)], 0)).toEqual([]);
  });

  it('take × take: what one is taking, the other skips', async () => {
    const ids = await binding(10);
    await one.startTransaction();
    const taken = await takeDueBindings(new TypeOrmSql(one), 6, 60_000);
    const second = await takeDueBindings(new TypeOrmSql(other), 6, 60_000);
    await one.commitTransaction();
    expect([taken.length, second.length]).toEqual([6, 4]);
    expect([...taken, ...second].map(({ id }) => id).sort()).toEqual(ids.sort());
    expect(await takeDueBindings(new TypeOrmSql(other), 6, 60_000)).toEqual([]);
  });

  it('insert × insert with one key: one task, and the loser inserts nothing', async () => {
    const tasks = [1, 2].map(() => newTask('the key'));
    const [a, b] = await race(
      () => insertWebTasks(new TypeOrmSql(one), tasks.slice(0, 1)),
      () => insertWebTasks(new TypeOrmSql(other), tasks.slice(1)),
    );
    expect([a.size, b.size]).toEqual([1, 0]);
    const [{ count }] = await pool().query('SELECT count(*)::integer FROM web_task');
    expect(count).toBe(1);
  });
});

describe('confirm-bindings', () => {
  it('confirms the rest of a batch whose other rows have moved on', async () => {
    const [stale = '', good = ''] = await binding(2);
    await refuseBinding(new TypeOrmSql(one), first(stale), REFUSAL);
    const confirmed = await confirmBindings(
      new TypeOrmSql(one),
      [stale, good].map((id) => ({ id, schedulerTaskId: crypto.randomUUID() })),
    );
    expect([...confirmed.keys()]).toEqual([good]);
  });
});

describe('take-due-bindings', () => {
  it('takes the longest due first, and none before its time', async () => {
    const [early = ''] = await binding();
    const [late = ''] = await binding();
    await binding(1, 60_000);
    expect((await takeDueBindings(new TypeOrmSql(one), 1, 60_000)).map(({ id }) => id)).toEqual([early]);
    expect((await takeDueBindings(new TypeOrmSql(one), 5, 60_000)).map(({ id }) => id)).toEqual([late]);
  });
});

describe('postpone-bindings', () => {
  it('counts a failed call once, and moves nothing that is bound', async () => {
    const [id = ''] = await binding();
    await postponeBindings(new TypeOrmSql(one), [{ ...first(id), delayMs: 60_000 }]);
    await postponeBindings(new TypeOrmSql(other), [{ ...first(id), delayMs: 0 }]);
    expect(await row(id)).toMatchObject({ bind_attempts: 1 });
    expect(await takeDueBindings(new TypeOrmSql(one), 1, 0)).toEqual([]);
    await confirmBindings(new TypeOrmSql(one), [{ id, schedulerTaskId: crypto.randomUUID() }]);
    await postponeBindings(new TypeOrmSql(one), [{ ...first(id), attempts: 1, delayMs: 0 }]);
    expect(await row(id)).toMatchObject({ bind_attempts: 1, bind_next_at: null });
  });
});

describe('postpone-bindings, of an earlier bind', () => {
  it('does not put off the new one', async () => {
    const [id = ''] = await binding();
    await refuseBinding(new TypeOrmSql(one), first(id), REFUSAL);
    await startBindings(new TypeOrmSql(one), [start(id)], 0);
    await postponeBindings(new TypeOrmSql(other), [{ ...first(id), delayMs: 60_000 }]);
    expect(await takeDueBindings(new TypeOrmSql(one), 1, 0)).toMatchObject([{ id, generation: 2, attempts: 0 }]);
  });
});

describe('the constraints', () => {
  it.each([
    ['bound_has_execution', `status = 'BOUND', bind_body = NULL, bind_next_at = NULL`],
    ['bound_has_execution', `scheduler_task_id = gen_random_uuid()`],
    ['refused_has_error', `status = 'BIND_FAILED', bind_body = NULL, bind_next_at = NULL`],
    ['refused_has_error', `bind_error = '{}'`],
    ['binding_has_body', 'bind_body = NULL'],
    ['binding_is_due', 'bind_next_at = NULL'],
    ['status_is_known', `status = 'DONE', bind_body = NULL, bind_next_at = NULL`],
  ])('%s forbids %s', async (constraint, change) => {
    const [id] = await binding();
    await expect(pool().query(`UPDATE web_task SET ${change} WHERE id = $1`, [id])).rejects.toThrow(constraint);
  });

  it('binds no two tasks to one execution', async () => {
    const schedulerTaskId = crypto.randomUUID();
    const confirms = (await binding(2)).map((id) => ({ id, schedulerTaskId }));
    await expect(confirmBindings(new TypeOrmSql(one), confirms)).rejects.toThrow('execution_is_bound_once');
  });
});
