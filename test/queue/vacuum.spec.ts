import { PostgresQueueVacuum } from '../../apps/dtp-scheduler/src/queue/vacuum/postgres-queue-vacuum.ts';
import { swallowing } from '../support/swallowing.ts';
import { Connection, QueueDatabase } from './queue-database.ts';

const running = new AbortController().signal;
const MIB = 1024 * 1024;

describe('the vacuum of the narrow tables', () => {
  let database: QueueDatabase;
  let vacuum: PostgresQueueVacuum;

  beforeAll(async () => {
    database = await QueueDatabase.create();
    vacuum = new PostgresQueueVacuum(database.a, database.url);
    // The tests measure what this vacuum does, alone.
    await database.a.query('ALTER TABLE ready SET (autovacuum_enabled = false)');
  });
  beforeEach(async () => {
    await database.a.query('TRUNCATE ready');
    await forgetLastVacuum();
  });
  afterAll(() => database.close());

  /** What so many tasks leave in `ready` once they have been claimed. The statistics are told at once. */
  const leaveDead = async (rows: number) => {
    await database.a.query(
      `INSERT INTO ready (rank, ready_at, id, lost_attempts, type)
       SELECT 0, clock_timestamp(), gen_random_uuid(), 0, 'echo' FROM generate_series(1, $1)`,
      [rows],
    );
    await database.a.query('DELETE FROM ready');
    await database.a.query('SELECT pg_stat_force_next_flush()');
  };
  const figures = async () => {
    const [row] = await database.a.query<{ heap: number; indexes: number; dead: number }>(
      `SELECT pg_relation_size('ready')::float8 AS heap, pg_indexes_size('ready')::float8 AS indexes,
         n_dead_tup::float8 AS dead FROM pg_stat_user_tables WHERE relname = 'ready'`,
    );
    if (!row) throw new Error('no figures');
    return row;
  };
  const run = async () => (await vacuum.run(running)).map(({ table, upkeep }) => `${upkeep} ${table}`);
  /** As if the last vacuum had been long ago: the statistics begin anew, so nothing tells when it was. */
  const forgetLastVacuum = () => database.a.query(`SELECT pg_stat_reset_single_table_counters('ready'::regclass)`);

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
    expect(await run()).toEqual(['reindex ready']);
    expect((await figures()).indexes).toBeLessThan(MIB);
    expect(await run()).toEqual([]);
  });

  test('does not wait for who works in the table, and holds nobody up', async () => {
    await leaveDead(60_000);
    await run();
    await database.b.query('BEGIN');
    await database.b.query(`INSERT INTO ready VALUES (0, now(), gen_random_uuid(), 0, 'echo')`);
    expect(await run()).toEqual([]);
    await database.b.query('COMMIT');
    expect(await run()).toEqual(['reindex ready']);
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
