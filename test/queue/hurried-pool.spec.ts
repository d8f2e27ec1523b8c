import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import { createDataSource, patiently, runInRequestContext } from '@taskpilot/platform';
import type { DataSource } from 'typeorm';
import { createEmptyDatabase, type TestDatabase } from '../support/database.ts';

const BUSY_S = 1.6;
/** What pg allows to wait for a connection. */
const LIMIT_MS = 5_000;
/** More than pg's own queue can be walked over at once. */
const CROWD = 5_000;
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

/** The only connection, for a time. */
const keepBusy = (seconds: number) => source.query(`SELECT pg_sleep(${seconds})`);
/** The only connection, for as long as `work` takes: how long a crowd takes to be refused is up to the machine. */
async function whileHeld(work: () => Promise<void>): Promise<void> {
  const holder = source.createQueryRunner();
  await holder.connect();
  try {
    await work();
  } finally {
    await holder.release();
  }
}
const ask = () => source.query('SELECT 1 AS found');
async function refused(count: number): Promise<void> {
  await Promise.all(Array.from({ length: count }, () => expect(asRequest(ask)).rejects.toThrow('no turn')));
}

test('a request gives up its place, and whoever works for none keeps it', async () => {
  const patient: Promise<unknown>[] = [];
  await whileHeld(async () => {
    patient.push(
      ask(),
      asRequest(() => patiently(ask)),
    );
    await refused(1);
  });
  expect(await Promise.all(patient)).toEqual([[{ found: 1 }], [{ found: 1 }]]);
});

test('a request is not refused for the time that this process itself needs', async () => {
  const busy = keepBusy(BUSY_S);
  const answer = asRequest(ask);
  for (const end = performance.now() + BUSY_S * 1_000; performance.now() < end; await nextTurn()) {
    for (const pause = performance.now() + 20; performance.now() < pause; );
  }
  await busy;
  expect(await answer).toEqual([{ found: 1 }]);
});

test('requests have their turns one after another', async () => {
  const busy = keepBusy(0.1);
  expect(await Promise.all(Array.from({ length: 20 }, () => asRequest(ask)))).toEqual(Array(20).fill([{ found: 1 }]));
  await busy;
});

test('places that were given up take no connection with them, however many', async () => {
  await whileHeld(() => refused(CROWD));
  expect(await asRequest(ask)).toEqual([{ found: 1 }]);
  expect(await ask()).toEqual([{ found: 1 }]);
});

test('nor do they harm anybody once pg itself has had enough of waiting', async () => {
  await whileHeld(async () => {
    const begunAt = performance.now();
    await refused(3);
    await delay(LIMIT_MS - 200 - (performance.now() - begunAt));
    // pg's limit strikes while these wait: it is that of the first three.
    await refused(3);
  });
  expect(await asRequest(ask)).toEqual([{ found: 1 }]);
}, 15_000);
