import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { LIMITS } from '@taskpilot/contracts';
import { requestContext, runInRequestContext } from '@taskpilot/platform';
import type { TaskCreate } from '../scheduler-client/scheduler-client.ts';
import type { CreateVerdict } from './create-verdict.ts';
import { GroupCreate } from './group-create.ts';
import { TaskCreator } from './task-creator.ts';

interface Call {
  readonly keys: readonly string[];
  readonly requestId: string;
  readonly traceparent: string | null;
  answer(): void;
  fail(): void;
}

/** Records calls, which are answered when the test says so. */
function recorded(): { group: GroupCreate; calls: Call[] } {
  const calls: Call[] = [];
  const creator: Pick<TaskCreator, 'create'> = {
    create: (creates) => {
      const { promise, resolve } = Promise.withResolvers<readonly CreateVerdict[]>();
      const keys = creates.map(({ idempotencyKey }) => idempotencyKey);
      const answer = () => resolve(keys.map(bound));
      const fail = () => resolve(keys.map(() => away));
      calls.push({ keys, ...requestContext(), answer, fail });
      return promise;
    },
  };
  return { group: new GroupCreate(creator as TaskCreator), calls };
}

const bound = (key: string) => ({ kind: 'bound', schedulerTaskId: `execution of ${key}` }) as const;
const away = { kind: 'unsettled', reason: 'refused', isAway: true } as const;
const create = (idempotencyKey: string, bytes = 2): TaskCreate => ({ idempotencyKey, body: ' '.repeat(bytes) });
/** Twice, since a group waits for the end of a turn before it sends. */
const turn = async () => {
  await nextTurn();
  await nextTurn();
};
const keysOf = (calls: readonly Call[]) => calls.map(({ keys }) => keys);

beforeAll(() => Logger.overrideLogger(false));
afterEach(() => {
  jest.useRealTimers();
});

describe('GroupCreate', () => {
  it('sends a lone task at once, and what comes during its call with the next', async () => {
    const { group, calls } = recorded();
    const first = group.submit(create('a'));
    await turn();
    const later = [group.submit(create('b')), group.submit(create('c'))];
    await turn();
    expect(keysOf(calls)).toEqual([['a']]);
    calls[0]?.answer();
    expect(await first).toEqual(bound('a'));
    await turn();
    expect(keysOf(calls)).toEqual([['a'], ['b', 'c']]);
    calls[1]?.answer();
    expect(await Promise.all(later)).toEqual([bound('b'), bound('c')]);
  });

  it('sends tasks of one moment together', async () => {
    const { group, calls } = recorded();
    for (const key of ['a', 'b', 'c']) void group.submit(create(key));
    await turn();
    expect(keysOf(calls)).toEqual([['a', 'b', 'c']]);
  });

  it('lets a call that is not answered hold up the next one for 100 ms only', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
    const { group, calls } = recorded();
    void group.submit(create('a'));
    await turn();
    void group.submit(create('b'));
    await jest.advanceTimersByTimeAsync(99);
    await turn();
    expect(keysOf(calls)).toEqual([['a']]);
    await jest.advanceTimersByTimeAsync(1);
    await turn();
    expect(keysOf(calls)).toEqual([['a'], ['b']]);
  });

  it('waits for 100 ms when DTP is away, and then asks for all that have come meanwhile', async () => {
    const { group, calls } = recorded();
    const first = group.submit(create('a'));
    await turn();
    calls[0]?.fail();
    expect(await first).toEqual(away);
    const failedAt = performance.now();
    for (const key of ['b', 'c']) void group.submit(create(key));
    while (calls.length < 2) await turn();
    expect(performance.now() - failedAt).toBeGreaterThan(95);
    expect(keysOf(calls)).toEqual([['a'], ['b', 'c']]);
  });

  it('makes no call larger than a single body may be, and none of more than 500 tasks', async () => {
    const { group, calls } = recorded();
    for (let task = 0; task < 501; task++) void group.submit(create(`${task}`));
    void group.submit(create('large', LIMITS.bodyBytes));
    void group.submit(create('small'));
    for (let call = 0; call < 4; call++) {
      while (calls.length <= call) await turn();
      calls[call]?.answer();
    }
    expect(keysOf(calls).map(({ length }) => length)).toEqual([500, 1, 1, 1]);
    expect(keysOf(calls)[2]).toEqual(['large']);
  });

  it('gives each trace a call of its own, and a call for several requests an id of its own', async () => {
    const { group, calls } = recorded();
    const submit = (key: string, requestId: string, traceparent: string | null) =>
      runInRequestContext({ requestId, traceparent }, () => void group.submit(create(key)));
    submit('a', 'one', 'trace 1');
    submit('b', 'two', null);
    submit('c', 'three', null);
    submit('d', 'four', 'trace 2');
    submit('e', 'four', 'trace 2');
    await turn();
    expect(calls).toMatchObject([
      { keys: ['a'], requestId: 'one', traceparent: 'trace 1' },
      { keys: ['b', 'c'], requestId: expect.stringMatching(/^[0-9a-f-]{36}$/), traceparent: null },
      { keys: ['d', 'e'], requestId: 'four', traceparent: 'trace 2' },
    ]);
  });
});
