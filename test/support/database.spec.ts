import { Client } from 'pg';
import { createEmptyDatabase, createTestDatabase } from './database.ts';

describe('createTestDatabase', () => {
  it.each(['webdb', 'dtp'] as const)('gives a migrated %s of its own, with the timeouts of its role', async (plane) => {
    const [one, other] = await Promise.all([createTestDatabase(plane), createTestDatabase(plane)]);
    expect(one.url).not.toBe(other.url);
    const client = new Client(one.url);
    await client.connect();
    const { rows } = await client.query(
      `SELECT current_setting('lock_timeout') AS lock_timeout, (SELECT count(*)::int FROM migrations) AS migrations`,
    );
    expect(rows).toEqual([{ lock_timeout: '10s', migrations: expect.any(Number) }]);
    expect(rows[0].migrations).toBeGreaterThan(0);
    await client.end();
    await Promise.all([one.drop(), other.drop()]);
  });
});

it('gives an empty database', async () => {
  const { url, drop } = await createEmptyDatabase();
  const client = new Client(url);
  await client.connect();
  const { rowCount } = await client.query(`SELECT FROM pg_tables WHERE schemaname = 'public'`);
  expect(rowCount).toBe(0);
  await client.end();
  await drop();
});
