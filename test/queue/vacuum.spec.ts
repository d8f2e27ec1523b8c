import { setTimeout as delay } from 'node:timers/promises';
import { PreparedSql } from '@taskpilot/platform';
import { v7 as uuidv7 } from 'uuid';
import { createDtpDataSource } from '../../apps/dtp-scheduler/src/database/data-source.ts';
import { claimTasks } from '../../apps/dtp-scheduler/src/queue/statements/claim-tasks.ts';
import { enqueueTasks } from '../../apps/dtp-scheduler/src/queue/statements/enqueue-tasks.ts';
import { PostgresQueueVacuum } from '../../apps/dtp-scheduler/src/queue/vacuum/postgres-queue-vacuum.ts';
import { swallowing } from '../support/swallowing.ts';
import { Connection, newTask, QueueDatabase } from './queue-database.ts';

const running = new AbortController().signal;
const MIB = 1024 * 1024;

describe('the vacuum of the narrow tables', () => {
  let database: QueueDatabase;
  let vacuum: PostgresQueueVacuum;

  beforeAll(async () => {
    database = await QueueDatabase.create();
    vacuum = new PostgresQueueVacuum(database.a, database.url);
    // The tests measure what this vacuum does, alone.
    for (const table of ['ready', 'claims']) {
      await database.a.query(`ALTER TABLE ${table} SET (autovacuum_enabled = false)`);
    }
  });
  beforeEach(async () => {
    await database.empty();
    for (const table of ['ready', 'claims'] as const) await forgetLastVacuum(table);
  });
  afterAll(() => database.close());

  /**
   * Until no ANALYZE of autovacuum, of whatever table of this database, has begun before now: no vacuum removes what its
   * snapshot may still see.
   */
  const unseenByAutovacuum = async () => {
    const workers = `SELECT pid FROM pg_stat_activity WHERE backend_type = 'autovacuum worker'
      AND datname = current_database() AND xact_start < $1::timestamptz`;
    const [now] = await database.a.query<{ now: string }>('SELECT clock_timestamp()::text AS now');
    while ((await database.a.query(workers, [now?.now])).length > 0) await delay(10);
  };
  /** What so many tasks leave in `ready` once they have been claimed, but for the last. The statistics are told at once. */
  const leaveDead = async (rows: number, alive = 0) => {
    await database.a.query(
      `INSERT INTO ready (rank, ready_at, id, lost_attempts, type)
       SELECT 0, to_timestamp(number), gen_random_uuid(), 0, 'echo' FROM generate_series(1, $1) AS number`,
      [rows],
    );
    await database.a.query('DELETE FROM ready WHERE ready_at <= to_timestamp($1)', [rows - alive]);
    await database.a.query('SELECT pg_stat_force_next_flush()');
    await unseenByAutovacuum();
  };
  /** What so many claims leave, with so many ids that these stand in TOAST. */
  const leaveDeadClaims = async (claims: number, alive = 0) => {
    await database.a.query(
      `INSERT INTO claims (worker_id, claim_id, ids, attempts)
       SELECT gen_random_uuid(), lpad(number::text, 32, '0')::uuid, array_fill(gen_random_uuid(), ARRAY[100]),
         array_fill(1, ARRAY[100]) FROM generate_series(1, $1) AS number`,
      [claims],
    );
    await database.a.query(`DELETE FROM claims WHERE claim_id <= lpad($1::text, 32, '0')::uuid`, [claims - alive]);
    await database.a.query('SELECT pg_stat_force_next_flush()');
    await unseenByAutovacuum();
  };
  const figures = async (table: 'ready' | 'claims' = 'ready') => {
    const [row] = await database.a.query<{ heap: number; indexes: number; dead: number }>(
      `SELECT (pg_relation_size(relid) + pg_relation_size(reltoastrelid))::float8 AS heap,
         pg_indexes_size(relid)::float8 AS indexes, n_dead_tup::float8 AS dead
       FROM pg_stat_user_tables JOIN pg_class ON oid = relid WHERE pg_class.relname = $1`,
      [table],
    );
    if (!row) throw new Error('no figures');
    return row;
  };
  const run = async () => (await vacuum.run(running)).map(({ table, upkeep }) => `${upkeep} ${table}`);
  /** As if the last vacuum had been long ago: the statistics begin anew, so nothing tells when it was. */
  const forgetLastVacuum = (table: 'ready' | 'claims' = 'ready') =>
    database.a.query('SELECT pg_stat_reset_single_table_counters($1::regclass)', [table]);
  /** Until the statistics count as those after the last vacuum. */
  const settle = () => delay(1_600);

  test('leaves a table alone that holds little', async () => {
    await leaveDead(100);
    expect(await run()).toEqual([]);
  });

  test('brings a table back to its size, and then rests', async () => {
    await leaveDead(20_000);
    expect((await figures()).heap).toBeGreaterThan(MIB);
    expect(await run()).toEqual(['vacuum ready']);
    expect(await figures()).toMatchObject({ heap: 0, dead: 0 });
    expect(await run()).toEqual([]);
  });

  test('makes the indexes anew once the heap has been cut back', async () => {
    await leaveDead(60_000);
    expect(await run()).toEqual(['vacuum ready']);
    expect((await figures()).indexes).toBeGreaterThan(2 * MIB);
    await settle();
    expect(await run()).toEqual(['rewrite ready']);
    expect((await figures()).indexes).toBeLessThan(MIB);
    expect(await run()).toEqual([]);
  });

  test('makes a table anew that no vacuum can cut off, since its last row is still there', async () => {
    await leaveDead(30_000, 1);
    expect(await run()).toEqual(['vacuum ready']);
    expect((await figures()).heap).toBeGreaterThan(1.5 * MIB);
    await settle();
    expect(await run()).toEqual(['rewrite ready']);
    expect((await figures()).heap).toBeLessThan(MIB / 16);
    expect(await database.a.query('SELECT ready_at FROM ready')).toEqual([{ ready_at: new Date(30_000_000) }]);
    expect(await run()).toEqual([]);
  });

  test('vacuums claims sooner: each of them is large', async () => {
    await leaveDeadClaims(700);
    expect((await figures('claims')).heap).toBeGreaterThan(MIB);
    expect(await run()).toEqual(['vacuum claims']);
    expect((await figures('claims')).heap).toBeLessThan(MIB / 4);
  });

  test('makes nothing anew while a transaction keeps what is dead', async () => {
    await database.b.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    await database.b.query('SELECT FROM ready');
    await leaveDeadClaims(1_000, 1);
    expect(await run()).toEqual(['vacuum claims']);
    await settle();
    expect((await figures('claims')).heap).toBeGreaterThan(1.5 * MIB);
    expect(await run()).toEqual([]);
    await database.b.query('COMMIT');
    await database.b.query('VACUUM claims');
    await settle();
    expect(await run()).toEqual(['rewrite claims']);
    expect((await figures('claims')).heap).toBeLessThan(MIB / 16);
    expect(await database.a.query('SELECT cardinality(ids) AS ids FROM claims')).toEqual([{ ids: 100 }]);
  });

  test('waits for nobody who works in the table, holds nobody up, and tries again after a while', async () => {
    await leaveDead(60_000);
    await run();
    await settle();
    await database.b.query('BEGIN');
    await database.b.query(`INSERT INTO ready VALUES (0, now(), gen_random_uuid(), 0, 'echo')`);
    const startedAt = performance.now();
    const [done] = await Promise.all([
      run(),
      delay(20).then(() => database.a.query(`INSERT INTO ready VALUES (0, now(), gen_random_uuid(), 0, 'echo')`)),
    ]);
    expect(done).toEqual([]);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    await database.b.query('COMMIT');
    expect(await run()).toEqual([]);
    const elsewhere = await new PostgresQueueVacuum(database.a, database.url).run(running);
    expect(elsewhere).toMatchObject([{ table: 'ready', upkeep: 'rewrite' }]);
  });

  test('lets claims go on whose plans were made before, each task claimed once', async () => {
    const large = {
      table: 'ready',
      liveRows: 0,
      deadRows: 0,
      heapBytes: 64 * MIB,
      indexBytes: 0,
      sinceVacuumMs: 60_000,
    };
    /** Each a new one, which has not been refused the lock just now. */
    const vacuumOfLarge = () => new PostgresQueueVacuum({ query: async <Row>() => [large as Row] }, database.url);
    const source = await createDtpDataSource({ databaseUrl: database.url, poolSize: 3, prepare: true }).initialize();
    const sql = new PreparedSql(source);
    const workerId = await database.worker();
    const tasks = Array.from({ length: 3_000 }, () => newTask());
    const claimed: string[] = [];
    const enqueue = async () => {
      for (let at = 0; at < tasks.length; at += 50) await enqueueTasks(sql, tasks.slice(at, at + 50));
    };
    const claim = async () => {
      while (claimed.length < tasks.length) {
        const request = { claimId: uuidv7(), workerId, types: ['echo'], limit: 20, lane: 'fresh' } as const;
        claimed.push(...(await claimTasks(sql, request, null, [])).tasks.map(({ id }) => id));
      }
    };
    let rewrites = 0;
    const rewrite = async () => {
      while (claimed.length < tasks.length) rewrites += (await vacuumOfLarge().run(running)).length;
    };
    await Promise.all([enqueue(), claim(), claim(), rewrite()]);
    expect(rewrites).toBeGreaterThan(3);
    expect(claimed.toSorted()).toEqual(tasks.map(({ id }) => id).toSorted());
    await source.destroy();
  });

  test('does not spin while a transaction is held open, and recovers when it ends', async () => {
    await database.b.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    await database.b.query('SELECT FROM ready');
    await leaveDead(20_000);
    expect(await run()).toEqual(['vacuum ready']);
    expect((await figures()).dead).toBe(20_000);
    expect(await run()).toEqual([]);
    await database.b.query('COMMIT');
    expect(await run()).toEqual([]);
    await forgetLastVacuum();
    await leaveDead(20_000);
    expect(await run()).toEqual(['vacuum ready']);
    expect(await figures()).toMatchObject({ heap: 0, dead: 0 });
  });

  test('passes by a table that another process vacuums', async () => {
    await leaveDead(20_000);
    await database.b.query('BEGIN');
    await database.b.query('LOCK TABLE ready IN SHARE UPDATE EXCLUSIVE MODE');
    await run();
    expect((await figures()).dead).toBe(20_000);
    await database.b.query('ROLLBACK');
  });

  test('ends at once when it is told to', async () => {
    await leaveDead(20_000);
    const stopping = new AbortController();
    const over = vacuum.run(stopping.signal);
    stopping.abort();
    expect(await over).toEqual([]);
  });

  test('gives up what the network has swallowed: the next round must be able to run', async () => {
    await leaveDead(20_000);
    const way = await swallowing('VACUUM', database.url);
    await expect(new PostgresQueueVacuum(database.a, way.url, 200).run(running)).rejects.toThrow('read timeout');
    way.close();
    expect(await run()).toEqual(['vacuum ready']);
  });

  test('serves several processes at once', async () => {
    await leaveDead(20_000);
    const other = await Connection.open(database.url);
    const rounds = [vacuum, new PostgresQueueVacuum(other, database.url)].map((one) => one.run(running));
    expect((await Promise.all(rounds)).flat().length).toBeGreaterThan(0);
    expect(await figures()).toMatchObject({ heap: 0, dead: 0 });
    await other.close();
  });
});
