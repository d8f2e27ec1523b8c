import { Logger } from '@nestjs/common';
import type { Sql } from '@taskpilot/platform';
import pg from 'pg';
import { PostgresHints } from '../../apps/dtp-scheduler/src/queue/postgres-hints.ts';
import { PostgresTaskQueue } from '../../apps/dtp-scheduler/src/queue/postgres-task-queue.ts';
import { newTask, QueueDatabase } from './queue-database.ts';

describe('a queue whose statements are late, or their answers lost', () => {
  let db: QueueDatabase;
  let pool: pg.Pool;
  let hints: PostgresHints;
  let queue: PostgresTaskQueue;
  let before: (statement: string) => Promise<void>;
  let after: (statement: string) => void;
  let heard: string[];

  beforeAll(async () => {
    db = await QueueDatabase.create();
    pool = new pg.Pool({ connectionString: db.url, max: 4 });
  });
  beforeEach(async () => {
    await db.empty();
    before = async () => undefined;
    after = () => undefined;
    heard = [];
    const sql: Sql = {
      async query<Row>(statement: string, values: readonly unknown[]) {
        await before(statement);
        const { rows } = await pool.query(statement, [...values]);
        after(statement);
        return rows as Row[];
      },
    };
    hints = new PostgresHints(sql, db.url, new Logger());
    queue = new PostgresTaskQueue(sql, hints);
    hints.onReady(() => heard.push('ready'));
    hints.onScheduled(() => heard.push('scheduled'));
  });
  afterEach(() => hints.close());
  afterAll(async () => {
    await pool.end();
    await db.close();
  });

  test('an audit that is run late takes nothing of what was claimed since it was asked for', async () => {
    const worker = await db.worker();
    const { promise, resolve } = Promise.withResolvers<void>();
    before = (statement) => (statement.includes('WITH judged') ? promise : Promise.resolve());
    const audit = queue.audit({ workerId: worker, held: [] });
    await queue.enqueue(newTask());
    const [claimed] = await queue.claim({ workerId: worker, types: ['echo'], limit: 1, lane: 'fresh' });
    resolve();
    expect(await audit).toBe(0);
    expect(await db.task(claimed!.id)).toMatchObject({ state: 'RUNNING', worker_id: worker });
    // The next one may.
    expect(await queue.audit({ workerId: worker, held: [] })).toBe(1);
  });

  test('tasks whose enqueue was committed, its answer lost, are announced', async () => {
    after = (statement) => {
      if (statement.includes('INSERT INTO scheduler_task')) throw Object.assign(new Error('lost'), { code: '08006' });
    };
    expect(await queue.enqueue(newTask())).toMatchObject({ kind: 'created' });
    expect(heard.toSorted()).toEqual(['ready', 'scheduled']);
  });

  test('a worker that held nothing may have died within a claim: its rescue asks the others to look again', async () => {
    await db.letLeaseLapse(await db.worker());
    expect(await queue.rescue()).toBe(0);
    expect(heard).toEqual(['ready']);
    expect(await queue.rescue()).toBeNull();
    expect(heard).toEqual(['ready']);
  });
});
