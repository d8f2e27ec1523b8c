import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { FakeDtp } from '../support/fake-dtp.ts';
import { type Api, createBoundTask, createTask, eventually, reaches, startApi } from './api-app.ts';

let database: TestDatabase;
let dtp: FakeDtp;
let api: Api;

beforeAll(async () => {
  dtp = await FakeDtp.start();
});
beforeEach(async () => {
  dtp.reset();
  database = await createTestDatabase('webdb');
  api = await startApi(database.url, dtp);
});
afterEach(async () => {
  await api.close();
  await database.drop();
});
afterAll(() => dtp.stop());

const readiness = async (replica: Api) => (await replica.http.get('/health/ready')).status;
const isUnready = (replica: Api) => eventually(async () => (await readiness(replica)) === 503);
const isReady = (replica: Api) => eventually(async () => (await readiness(replica)) === 200);

it('is ready with DTP away, and with a DTP it has not bound to', async () => {
  await isReady(api);
  dtp.instanceId = crypto.randomUUID();
  await isReady(api);
  await dtp.stop();
  await isReady(api);
  await dtp.resume();
});

it('expects the instance of its first bind ever after', async () => {
  await createBoundTask(api);
  await createBoundTask(api);
  const expected = dtp.creates.map(({ headers }) => headers['x-dtp-instance']);
  expect(expected).toEqual([undefined, dtp.instanceId]);
});

it('is not ready, and binds nothing, while DTP_URL leads to another instance', async () => {
  const { id } = await createBoundTask(api);
  const [right, wrong] = [dtp.instanceId, crypto.randomUUID()];
  dtp.instanceId = wrong;
  const { body: refused } = await api.http.get(`/api/tasks/${id}/execution`).expect(503);
  expect(refused).toMatchObject({ code: 'DTP_UNAVAILABLE', detail: expect.stringContaining(wrong) });
  const { body } = await api.http.get('/health/ready').expect(503);
  expect(body.details.dtpInstance.message).toContain(wrong);
  await api.http.get('/health/live').expect(200);

  const waiting = await createTask(api);
  await api.http.post(`/api/tasks/${waiting}/scheduler`).expect(202);
  expect(dtp.tasks.size).toBe(1);

  dtp.instanceId = right;
  await isReady(api);
  await reaches(api, waiting, 'BOUND');
});

it('notices at the start, without any traffic', async () => {
  await createBoundTask(api);
  dtp.instanceId = crypto.randomUUID();
  const other = await startApi(database.url, dtp);
  await isUnready(other);
  await other.close();
});

it('notices an instance that does not look at what is expected of it', async () => {
  await createBoundTask(api);
  const id = await createTask(api);
  const wrong = crypto.randomUUID();
  dtp.script = ({ method }) =>
    method === 'POST'
      ? {
          kind: 'answer',
          status: 201,
          body: { id: crypto.randomUUID(), idempotencyKey: id },
          headers: { 'x-dtp-instance': wrong },
        }
      : undefined;
  const { body } = await api.http.post(`/api/tasks/${id}/scheduler`).expect(202);
  expect(body).toMatchObject({ status: 'BINDING', schedulerTaskId: null });
});

it('lets one instance win when two replicas bind for the first time at two of them', async () => {
  const stranger = await FakeDtp.start();
  const other = await startApi(database.url, stranger);
  const ids = [await createTask(api), await createTask(other)];
  const answers = await Promise.all([
    api.http.post(`/api/tasks/${ids[0]}/scheduler`),
    other.http.post(`/api/tasks/${ids[1]}/scheduler`),
  ]);
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 202]);
  const loser = answers[0]?.status === 202 ? api : other;
  await isUnready(loser);
  await other.close();
  await stranger.stop();
});
