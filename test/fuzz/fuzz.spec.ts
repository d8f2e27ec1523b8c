import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type PlaneProcess, startPlane } from '../support/processes.ts';
import { fuzz } from './fuzz.ts';

const REQUESTS = 1_500;
const seed = Date.now() % 2 ** 31;

let databases: readonly [webdb: TestDatabase, dtp: TestDatabase];
let dtp: PlaneProcess;
let api: PlaneProcess;

beforeAll(async () => {
  databases = await Promise.all([createTestDatabase('webdb'), createTestDatabase('dtp')]);
  // No address is opened to tasks: whatever the examples and the fuzzer think of, nobody is called.
  dtp = await startPlane('dtp', { DTP_DB_URL: databases[1].url, DTP_DRAIN_MS: '200', LOG_LEVEL: 'fatal' });
  api = await startPlane('api', { WEBDB_URL: databases[0].url, DTP_URL: dtp.url, LOG_LEVEL: 'fatal' });
});
afterAll(async () => {
  await Promise.all([api?.kill('SIGKILL'), dtp?.kill('SIGKILL')]);
  await Promise.all((databases ?? []).map((database) => database.drop()));
});

test(`${REQUESTS} requests made from the OpenAPI documents, seed ${seed}: each answered as they say`, async () => {
  const { findings, counts } = await fuzz({
    urls: { api: api.url, dtp: dtp.url },
    requests: REQUESTS,
    seed,
    concurrency: 8,
  });
  expect(findings).toEqual([]);
  // Were all refused, nothing would have been tried.
  for (const made of [
    'api createTask 201',
    'api bindTask 200',
    'api getExecution 200',
    'dtp enqueueTask 201',
    'dtp cancelTask 200',
  ]) {
    expect({ made, times: counts.get(made) ?? 0 }).toEqual({ made, times: expect.any(Number) });
    expect(counts.get(made) ?? 0).toBeGreaterThan(0);
  }
}, 120_000);
