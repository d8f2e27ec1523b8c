import { createDataSource, patiently, runInRequestContext } from '@taskpilot/platform';
import type { DataSource } from 'typeorm';
import { createEmptyDatabase, type TestDatabase } from '../support/database.ts';

const BUSY_S = 1.6;
const asRequest = <T>(work: () => T): T => runInRequestContext({ requestId: 'r-1', traceparent: null }, work);

let database: TestDatabase;
let source: DataSource;

beforeAll(async () => {
  database = await createEmptyDatabase();
  const options = { url: database.url, poolSize: 1, applicationName: 'test', entities: [], migrations: [] };
  source = await createDataSource(options).initialize();
});
afterAll(async () => {
  await source.destroy();
  await database.drop();
});

/** The only connection. */
const keepBusy = () => source.query(`SELECT pg_sleep(${BUSY_S})`);
const ask = () => source.query('SELECT 1 AS found');

test('a request gives up its place, and whoever works for none keeps it', async () => {
  const busy = keepBusy();
  const sentAt = performance.now();
  const patient = [ask(), asRequest(() => patiently(ask))];
  await expect(asRequest(ask)).rejects.toThrow('had no time');
  expect(performance.now() - sentAt).toBeLessThan(BUSY_S * 1_000);
  await busy;
  expect(await Promise.all(patient)).toEqual([[{ found: 1 }], [{ found: 1 }]]);
});

test('a place that was given up takes no connection with it', async () => {
  const busy = keepBusy();
  await expect(Promise.all([asRequest(ask), asRequest(ask)])).rejects.toThrow('had no time');
  await busy;
  expect(await asRequest(ask)).toEqual([{ found: 1 }]);
});
