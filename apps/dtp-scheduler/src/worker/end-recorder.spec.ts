import { setImmediate as turn } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { AttemptEnd } from '../queue/task-queue.ts';
import { Attempt } from './attempt.ts';
import { EndRecorder } from './end-recorder.ts';
import { HeldAttempts } from './held-attempts.ts';
import type { LeaseKeeper } from './lease-keeper.ts';
import { FakeTaskQueue } from './testing/fake-task-queue.ts';
import { claimed } from './testing/worker.ts';

const databaseAway = () => Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
const refused = () => Object.assign(new Error('invalid byte sequence'), { code: '22021' });

beforeAll(() => Logger.overrideLogger(false));

describe('EndRecorder', () => {
  let queue: FakeTaskQueue;
  let held: HeldAttempts;
  let lease: { workerId: string | null };
  let recorder: EndRecorder;

  beforeEach(() => {
    queue = new FakeTaskQueue();
    held = new HeldAttempts();
    lease = { workerId: 'worker' };
    recorder = new EndRecorder(queue, lease as LeaseKeeper, held);
  });

  const finish = (id: string, result = '1') => {
    const attempt = new Attempt(claimed({ id }), 'worker');
    held.add(attempt);
    recorder.record(attempt, { id, attempt: 1, verb: 'complete', result });
  };
  const ids = () => queue.batches.map((batch) => batch.map(({ id }) => id));

  it('writes a single end at once', async () => {
    finish('a');
    await turn();
    await turn();
    expect(ids()).toEqual([['a']]);
    expect(held.size).toBe(0);
  });

  it('shares a statement between what ends in the same turn', async () => {
    for (const id of ['a', 'b', 'c']) finish(id);
    await recorder.flushed();
    expect(ids()).toEqual([['a', 'b', 'c']]);
  });

  it('gathers what ends while two writes are under way', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    queue.beforeEnd = () => promise;
    for (const id of ['a', 'b', 'c', 'd']) {
      finish(id);
      await turn();
      await turn();
    }
    expect(recorder.backlog).toBe(2);
    resolve();
    await recorder.flushed();
    expect(ids()).toEqual([['a'], ['b'], ['c', 'd']]);
  });

  it('writes at most 500 ends, and at most some megabytes, in one statement', async () => {
    for (let index = 0; index < 501; index++) finish(`n${index}`);
    await recorder.flushed();
    for (let index = 0; index < 3; index++) finish(`m${index}`, 'x'.repeat(2_000_000));
    await recorder.flushed();
    expect(queue.batches.map((batch) => batch.length)).toEqual([500, 1, 2, 1]);
  });

  it('keeps what the database does not take, and tries again', async () => {
    let failures = 2;
    queue.beforeEnd = async () => {
      if (failures-- > 0) throw databaseAway();
    };
    finish('a');
    await turn();
    await turn();
    expect(held.size).toBe(1);
    finish('b');
    await recorder.flushed();
    expect(ids()).toEqual([['a', 'b']]);
    expect(held.size).toBe(0);
  });

  it('drops what it has when the lease is lost', async () => {
    queue.beforeEnd = async () => {
      throw databaseAway();
    };
    finish('a');
    await turn();
    await turn();
    lease.workerId = 'another worker';
    await recorder.flushed();
    expect(queue.ends).toEqual([]);
    expect(held.size).toBe(0);
  });

  it('saves the other rows from one that the database refuses, and that one by its bare end', async () => {
    queue.beforeEnd = async (ends) => {
      if (ends.some((end) => end.verb === 'complete' && end.result === 'bad')) throw refused();
    };
    finish('a');
    finish('b', 'bad');
    finish('c');
    await recorder.flushed();
    expect(ids()).toEqual([['a'], ['b'], ['c']]);
    expect(queue.ends[1]).toMatchObject({ verb: 'complete', result: expect.stringContaining('could not be stored') });
  });

  it('leaves a row that cannot be recorded at all to the audit', async () => {
    queue.beforeEnd = async (ends) => {
      if (ends.some(({ id }) => id === 'b')) throw refused();
    };
    finish('a');
    finish('b');
    await recorder.flushed();
    expect(ids()).toEqual([['a']]);
    expect(held.size).toBe(0);
  });

  it('does not lose the rest when the database goes away between single rows', async () => {
    const seen: (readonly AttemptEnd[])[] = [];
    queue.beforeEnd = async (ends) => {
      seen.push(ends);
      if (seen.length === 1) throw refused();
      if (seen.length === 3) throw databaseAway();
    };
    for (const id of ['a', 'b', 'c']) finish(id);
    await recorder.flushed();
    expect(ids()).toEqual([['a'], ['b', 'c']]);
  });

  it('counts stale answers and holds their attempts no longer', async () => {
    queue.answer = ({ id }) => (id === 'a' ? 'stale' : 'recorded');
    finish('a');
    finish('b');
    await recorder.flushed();
    expect(recorder.stale).toBe(1);
    expect(held.size).toBe(0);
  });
});
