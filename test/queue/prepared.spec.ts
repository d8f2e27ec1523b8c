import { PreparedSql } from '@taskpilot/platform';
import type { DataSource } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { createDtpDataSource } from '../../apps/dtp-scheduler/src/database/data-source.ts';
import { claimTasks } from '../../apps/dtp-scheduler/src/queue/statements/claim-tasks.ts';
import { completeTasks } from '../../apps/dtp-scheduler/src/queue/statements/complete-tasks.ts';
import { enqueueTasks } from '../../apps/dtp-scheduler/src/queue/statements/enqueue-tasks.ts';
import { expireDeadlines } from '../../apps/dtp-scheduler/src/queue/statements/expire-deadlines.ts';
import { pruneTasks } from '../../apps/dtp-scheduler/src/queue/statements/prune-tasks.ts';
import { rescueStrayTasks } from '../../apps/dtp-scheduler/src/queue/statements/rescue-stray-tasks.ts';
import { rescueTasks } from '../../apps/dtp-scheduler/src/queue/statements/rescue-tasks.ts';
import { settleOverdueCancels } from '../../apps/dtp-scheduler/src/queue/statements/settle-overdue-cancels.ts';
import { newTask, QueueDatabase } from './queue-database.ts';

const MANY = 5_000;

describe('statements that are planned once a session', () => {
  let database: QueueDatabase;
  let source: DataSource;
  let sql: PreparedSql;
  let workerId: string;

  beforeAll(async () => {
    database = await QueueDatabase.create();
    source = await createDtpDataSource({ databaseUrl: database.url, poolSize: 1, prepare: true }).initialize();
    sql = new PreparedSql(source);
    workerId = await database.worker();
  });
  afterAll(async () => {
    await source.destroy();
    await database.close();
  });

  const claim = async (limit: number) => {
    const request = { claimId: uuidv7(), workerId, types: ['echo'], limit, lane: 'fresh' } as const;
    return (await claimTasks(sql, request, null, [])).tasks;
  };
  /** How many rows and index entries of a table have been read so far. */
  const reads = async (table: string) => {
    await sql.query('SELECT pg_stat_force_next_flush()', []);
    const [row] = await sql.query<{ rows: number; entries: number }>(
      `SELECT seq_tup_read::float8 AS rows, (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes AS index
         WHERE index.relid = tables.relid)::float8 AS entries FROM pg_stat_user_tables AS tables WHERE relname = $1`,
      [table],
    );
    if (!row) throw new Error(`no figures of ${table}`);
    return row;
  };

  it('claim and complete by their indexes what was not there when they were planned', async () => {
    await database.a.query('VACUUM ANALYZE');
    expect(await claim(3)).toEqual([]);
    await completeTasks(sql, workerId, [{ id: uuidv7(), attempt: 1, result: 'null' }]);
    const tasks = Array.from({ length: MANY }, () => newTask());
    await enqueueTasks(database.a, tasks);

    await database.a.query('SELECT pg_stat_force_next_flush()');
    const tables = ['ready', 'scheduler_task'];
    const before = await Promise.all(tables.map(reads));
    const claimed = await claim(3);
    expect(claimed).toHaveLength(3);
    const ends = claimed.map(({ id, attempt }) => ({ id, attempt, result: '{}' }));
    expect(await completeTasks(sql, workerId, ends)).toHaveLength(3);
    const after = await Promise.all(tables.map(reads));
    for (const [index, { rows, entries }] of after.entries()) {
      expect(rows - (before[index]?.rows ?? 0)).toBe(0);
      expect(entries - (before[index]?.entries ?? 0)).toBeLessThan(50);
    }
  });

  it('keep the sweeps from reading what they do not look for', async () => {
    const sweep = async () => {
      await rescueTasks(sql);
      await rescueStrayTasks(sql, 10, null);
      await expireDeadlines(sql, 10);
      await settleOverdueCancels(sql, 10);
      await pruneTasks(sql, 30, 10, '00000000-0000-0000-0000-000000000000');
    };
    await database.empty();
    await database.a.query('VACUUM ANALYZE');
    await sweep();
    const tasks = Array.from({ length: MANY }, () => newTask());
    await enqueueTasks(database.a, tasks);
    await database.a.query('SELECT pg_stat_force_next_flush()');
    const before = await reads('scheduler_task');
    await sweep();
    const after = await reads('scheduler_task');
    expect(after.rows - before.rows).toBe(0);
    expect(after.entries - before.entries).toBeLessThan(50);
  });

  it('go on when a migration has changed the table', async () => {
    await database.empty();
    workerId = await database.worker();
    await enqueueTasks(sql, [newTask()]);
    expect(await claim(1)).toHaveLength(1);
    await database.a.query('ALTER TABLE scheduler_task ADD COLUMN added integer');
    await enqueueTasks(sql, [newTask()]);
    expect(await claim(1)).toHaveLength(1);
  });
});
