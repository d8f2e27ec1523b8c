import { createDataSource } from '@taskpilot/platform';
import type { Pool, PoolClient } from 'pg';
import { createEmptyDatabase } from '../support/database.ts';

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
