import { createDataSource } from '@taskpilot/platform';
import type { Pool, PoolClient } from 'pg';
import { createEmptyDatabase } from '../support/database.ts';
import { swallowing } from '../support/swallowing.ts';

it('listens to the errors of a connection from the moment the pool hands it out', async () => {
  const { url, drop } = await createEmptyDatabase();
  const options = { url, poolSize: 1, applicationName: 'test', entities: [], migrations: [] };
  const source = await createDataSource(options).initialize();
  const { master: pool } = source.driver as unknown as { master: Pool };
  const listeners = await new Promise((resolve, reject) => {
    pool.connect((error: Error | undefined, client: PoolClient | undefined, done) => {
      if (!client) return reject(error);
      resolve(client.listenerCount('error'));
      done();
    });
  });
  expect(listeners).toBeGreaterThan(0);
  await source.destroy();
  await drop();
});

it('lets go of a connection whose answer got lost: what came next on it would wait for ever', async () => {
  const { url, drop } = await createEmptyDatabase();
  const way = await swallowing('LOST', url);
  const options = { url: way.url, poolSize: 1, applicationName: 'test', entities: [], migrations: [] };
  const source = await createDataSource({ ...options, queryTimeoutMs: 500 }).initialize();
  await expect(source.query('SELECT 1 AS "LOST"')).rejects.toThrow('read timeout');
  expect(await source.query('SELECT 1 AS found')).toEqual([{ found: 1 }]);
  await source.destroy();
  way.close();
  await drop();
});
