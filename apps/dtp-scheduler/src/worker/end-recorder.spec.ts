import { setImmediate as turn } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { AttemptEnd, ClaimedTask } from '../queue/task-queue.ts';
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

  const end = (end: AttemptEnd, task: Partial<ClaimedTask> = {}) => {
    const attempt = new Attempt(claimed({ id: end.id, ...task }), 'worker');
    held.add(attempt);
    recorder.record(attempt, end);
  };
  const finish = (id: string, result = '1') => end({ id, attempt: 1, verb: 'complete', result });
  const refuse = (refusable: (end: AttemptEnd) => boolean) => {
    queue.beforeEnd = async (ends) => {
      if (ends.some(refusable)) throw refused();
    };
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

  it('writes at most 1,000 ends, and at most some megabytes, in one statement', async () => {
    for (let index = 0; index < 1_001; index++) finish(`n${index}`);
    await recorder.flushed();
    for (let index = 0; index < 3; index++) finish(`m${index}`, 'x'.repeat(2_000_000));
    await recorder.flushed();
    expect(queue.batches.map((batch) => batch.length)).toEqual([1_000, 1, 2, 1]);
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
    refuse((end) => end.verb === 'complete' && end.result === 'bad');
    finish('a');
    finish('b', 'bad');
    finish('c');
    await recorder.flushed();
    expect(ids()).toEqual([['a'], ['b'], ['c']]);
    expect(queue.ends[1]).toMatchObject({ verb: 'complete', result: expect.stringContaining('could not be stored') });
  });

  it('counts a success that cannot be stored at all as a failed attempt', async () => {
    refuse(({ verb }) => verb === 'complete');
    finish('a');
    await recorder.flushed();
    const failure = { outcome: 'FAILED', error: { code: 'HANDLER_ERROR' } };
    expect(queue.ends).toMatchObject([{ id: 'a', verb: 'retry', delayMs: 1_000, ...failure }]);
    expect(held.size).toBe(0);
  });

  it('lets that be the last one when the attempts are used up', async () => {
    refuse(({ verb }) => verb === 'complete');
    end({ id: 'a', attempt: 3, verb: 'complete', result: '1' }, { failedAttempts: 2 });
    await recorder.flushed();
    expect(queue.ends).toMatchObject([{ id: 'a', verb: 'fail' }]);
  });

  it.each<AttemptEnd>([
    { id: 'a', attempt: 1, verb: 'complete', result: '1' },
    { id: 'a', attempt: 1, verb: 'snooze', delayMs: 5 },
    { id: 'a', attempt: 1, verb: 'retry', outcome: 'TIMED_OUT', error: { code: 'TIMEOUT', message: '' }, delayMs: 5 },
  ])('fails the task for good when its $verb cannot be stored in any other way', async (refusedEnd) => {
    refuse(({ verb }) => verb !== 'fail');
    end(refusedEnd);
    await recorder.flushed();
    expect(queue.ends).toMatchObject([{ id: 'a', attempt: 1, verb: 'fail', error: { code: 'HANDLER_ERROR' } }]);
    expect(held.size).toBe(0);
  });

  it('holds on to what cannot be recorded at all, since an audit would give it back to run again', async () => {
    refuse(({ id }) => id === 'b');
    finish('a');
    finish('b');
    await recorder.flushed();
    expect(ids()).toEqual([['a']]);
    expect(held.refs()).toEqual([{ id: 'b', attempt: 1 }]);
  });

  it.each(['release', 'settle'] as const)(
    'leaves a %s that is refused to the audit, which does the same',
    async (verb) => {
      refuse(() => true);
      end({ id: 'a', attempt: 1, verb });
      await recorder.flushed();
      expect(held.size).toBe(0);
    },
  );

  it('finds one that is refused among 1,000 in some twenty statements', async () => {
    let statements = 0;
    queue.beforeEnd = async (ends) => {
      statements++;
      if (ends.some((end) => end.verb === 'complete' && end.result === 'bad')) throw refused();
    };
    for (let index = 0; index < 1_000; index++) finish(`n${index}`, index === 700 ? 'bad' : '1');
    await recorder.flushed();
    expect(queue.ends).toHaveLength(1_000);
    expect(held.size).toBe(0);
    expect(statements).toBeLessThan(25);
  });

  it('does not lose the rest when the database goes away between halves', async () => {
    const seen: (readonly AttemptEnd[])[] = [];
    queue.beforeEnd = async (ends) => {
      seen.push(ends);
      if (seen.length === 1) throw refused();
      if (seen.length === 3) throw databaseAway();
    };
    for (const id of ['a', 'b', 'c']) finish(id);
    await recorder.flushed();
    expect(ids()).toEqual([['a', 'b'], ['c']]);
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
