import type { DataSource } from 'typeorm';
import { createDtpDataSource } from '../../apps/dtp-scheduler/src/database/data-source.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

describe('the schema of dtp', () => {
  let database: TestDatabase;
  let dataSource: DataSource;

  beforeAll(async () => {
    database = await createTestDatabase('dtp');
    dataSource = await createDtpDataSource({ databaseUrl: database.url, poolSize: 2 }).initialize();
  });
  afterAll(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  /** Constraints and storage settings are the migrations' own; columns and their types are what code reads rows by. */
  test('entities say of each column what the migrations made', async () => {
    const changes = await dataSource.driver.createSchemaBuilder().log();
    const ofColumns = changes.upQueries.map(({ query }) => query).filter((query) => /COLUMN|TYPE/.test(query));
    expect(ofColumns).toEqual([]);
  });

  test('what must never be true is refused by the database', async () => {
    const insert = (columns: string, values: string) =>
      dataSource.query(`INSERT INTO scheduler_task (id, run_at, created_at, updated_at, state_seq, failed_attempts,
        lost_attempts, max_attempts, timeout_ms, priority, type, queue, retry_policy, payload, ${columns})
        VALUES (gen_random_uuid(), now(), now(), now(), 1, 0, 0, 5, 1, 0, 't', 'q', '{}', '{}', ${values})`);
    const impossible: readonly (readonly [columns: string, values: string, constraint: string])[] = [
      ['state, attempt, started_at', `'RUNNING', 1, now()`, 'state_fits'],
      ['state, attempt, worker_id', `'QUEUED', 0, gen_random_uuid()`, 'state_fits'],
      ['state, attempt, started_at', `'SUCCEEDED', 1, now()`, 'state_fits'],
      ['state, attempt, finished_at', `'QUEUED', 0, now()`, 'state_fits'],
      ['state, attempt, finished_at', `'CANCELLED', 0, now()`, 'state_fits'],
      ['state, attempt, finished_at', `'FAILED', 0, now()`, 'state_fits'],
      ['state, attempt, result', `'QUEUED', 0, '1'`, 'state_fits'],
      ['state, attempt', `'QUEUED', 1`, 'counters_fit'],
      ['state, attempt, started_at, finished_at', `'SUCCEEDED', 1, now(), now()`, 'state_fits'],
      ['state, attempt, completed_by', `'QUEUED', 0, gen_random_uuid()`, 'state_fits'],
      ['state, attempt, started_at, worker_id', `'CANCELLING', 1, now(), gen_random_uuid()`, 'state_fits'],
      ['state, attempt, started_at', `'RETRYING', 1, now()`, 'state_fits'],
      [
        'state, attempt, started_at, finished_at, completed_by, error',
        `'SUCCEEDED', 1, now(), now(), gen_random_uuid(), '{}'`,
        'state_fits',
      ],
    ];
    for (const [columns, values, constraint] of impossible) {
      await expect(insert(columns, values)).rejects.toThrow(constraint);
    }
    await insert('state, attempt', `'QUEUED', 0`);
  });
});
