import { Injectable, Module } from '@nestjs/common';
import type { SchedulerTaskView } from '@taskpilot/contracts';
import {
  NonRetryableFailure,
  Snooze,
  type TaskContext,
  TaskFailure,
  TaskHandler,
} from '../../apps/dtp-scheduler/src/handlers/task-handler.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { attemptsOf, becomes, type Dtp, enqueue, startDtp } from './dtp-app.ts';

const cycle: Record<string, unknown> = { name: 'loop' };
cycle.self = cycle;
const deep = (levels: number) => {
  let value: unknown = 'bottom';
  for (let level = 0; level < levels; level++) value = { deep: value };
  return value;
};
/** A gigabyte of UTF-8 to whoever writes it out, at the price of one small buffer. */
const gigabyte = () => Array.from({ length: 1_024 }, () => 'x'.repeat(1_048_576));
const unreadable = {
  get bad(): never {
    throw new Error('no');
  },
  toJSON(): never {
    throw undefined;
  },
};
const { proxy: revoked, revoke } = Proxy.revocable({}, {});
revoke();
const nameless = Object.assign(new Error(), { name: Symbol('s'), message: 12n });
const stackless = Object.defineProperty(new Error('boom'), 'stack', {
  get() {
    throw new Error('no');
  },
});
const own = (error: object) => new TaskFailure(error as TaskFailure['error']);

/** What it is, what it is stored as. */
const RESULTS: Record<string, readonly [result: () => unknown, stored: unknown]> = {
  nothing: [() => undefined, null],
  NUL: [() => ({ 'a\0': 'b\0c' }), { 'a\uFFFD': 'b\uFFFDc' }],
  'lone surrogates': [() => ['\ud800', 'x\udc00'], ['\uFFFD', 'x\uFFFD']],
  'NaN and infinities': [() => [Number.NaN, Infinity, -Infinity], [null, null, null]],
  '1e308 and 2^53 + 1': [() => [1e308, 2 ** 53 + 1], [1e308, 2 ** 53 + 1]],
  'a BigInt': [() => ({ big: 2n ** 64n }), { big: '18446744073709551616' }],
  'a BigInt of a million bits': [() => 1n << 1_000_000n, { note: expect.any(String) }],
  'a cycle': [() => cycle, { name: 'loop', self: '[circular]' }],
  'a gigabyte': [gigabyte, { note: expect.any(String) }],
  'a string of 500 MB': [() => 'x'.repeat(500_000_000), { note: expect.any(String) }],
  'a million levels': [() => deep(1_000_000), { deep: expect.anything() }],
  'what throws when read': [() => ({ a: unreadable, b: 1 }), { a: '[unreadable]', b: 1 }],
  'a revoked proxy': [() => ({ a: revoked }), { a: '[unreadable]' }],
  'keys that mean something': [
    () => JSON.parse('{"__proto__":{"polluted":true},"constructor":1}'),
    JSON.parse('{"__proto__":{"polluted":true},"constructor":1}'),
  ],
  'a sparse array': [() => new Array(2 ** 32 - 1), { note: expect.any(String) }],
};

/** What is thrown, and the message it leaves. */
const THROWN: Record<string, readonly [thrown: () => unknown, message: unknown]> = {
  undefined: [() => undefined, 'The handler threw undefined.'],
  'a message of 500 MB': [() => new Error('x'.repeat(500_000_000)), 'x'.repeat(2_000)],
  'NUL and surrogates': [() => new Error('a\0b\ud800'), 'a\uFFFDb\uFFFD'],
  'a cycle': [() => cycle, 'The handler threw {"name":"loop","self":"[circular]"}.'],
  'a BigInt': [() => 7n, 'The handler threw "7".'],
  'an error that is hardly one': [() => nameless, '12'],
  'a stack that throws': [() => stackless, 'boom'],
  'a stack of 100 MB': [() => Object.assign(new Error('boom'), { stack: 'x'.repeat(100_000_000) }), 'boom'],
  'a revoked proxy': [() => revoked, expect.stringContaining('The handler threw')],
  'an own error with a cycle': [() => own({ code: 'A', message: 'm', cycle }), 'm'],
  'an own error with a gigabyte': [() => own({ code: 'A', message: 'm', much: gigabyte() }), 'm'],
  'an own error that hides its message': [() => own({ code: 'A\0', message: 'm', toJSON: () => null }), 'm'],
};

@Injectable()
@TaskHandler('hostile')
class HostileHandler {
  async run({ payload }: TaskContext): Promise<unknown> {
    const { result, thrown } = payload as { result?: string; thrown?: string };
    if (thrown !== undefined) throw THROWN[thrown]?.[0]();
    return RESULTS[result ?? '']?.[0]();
  }
}

@Injectable()
@TaskHandler('hostile.delay')
class HostileDelayHandler {
  async run({ attempt }: TaskContext): Promise<unknown> {
    if (attempt === 1) throw new Snooze(Number.NaN);
    if (attempt === 2) throw new TaskFailure({ code: 'A', message: 'm' }, Number.NEGATIVE_INFINITY);
    throw new NonRetryableFailure({ code: 'B'.repeat(1_000), message: '' });
  }
}

@Module({ providers: [HostileHandler, HostileDelayHandler] })
class HostileModule {}

let database: TestDatabase;
let dtp: Dtp;

beforeAll(async () => {
  database = await createTestDatabase('dtp');
  dtp = await startDtp(database.url, { LOG_LEVEL: 'fatal' }, 0, { imports: [HostileModule] });
});
afterAll(async () => {
  await dtp?.close();
  await database?.drop();
});

const ended = async (payload: object): Promise<SchedulerTaskView> => {
  const { id } = await enqueue(dtp, { type: 'hostile', payload, retryPolicy: { maxAttempts: 1 } });
  return becomes(dtp, id, 'SUCCEEDED', 'FAILED');
};

test.each(Object.keys(RESULTS))('a handler that returns %s has succeeded', async (result) => {
  const task = await ended({ result });
  expect(task).toMatchObject({ state: 'SUCCEEDED', attempt: 1, error: null });
  expect(task.result).toEqual(RESULTS[result]?.[1]);
});

test.each(Object.keys(THROWN))('a handler that throws %s has failed', async (thrown) => {
  const task = await ended({ thrown });
  expect(task).toMatchObject({ state: 'FAILED', attempt: 1, failedAttempts: 1, result: null });
  expect(task.error?.message).toEqual(THROWN[thrown]?.[1]);
  expect(JSON.stringify(task.error).length).toBeLessThan(20_000);
  expect(await attemptsOf(dtp, task.id)).toMatchObject([{ outcome: 'FAILED', error: task.error }]);
});

test('delays that are no numbers mean at once', async () => {
  const { id } = await enqueue(dtp, { type: 'hostile.delay' });
  expect(await becomes(dtp, id, 'FAILED')).toMatchObject({ attempt: 3, failedAttempts: 2 });
  const attempts = await attemptsOf(dtp, id);
  expect(attempts.map(({ outcome }) => outcome)).toEqual(['SNOOZED', 'FAILED', 'FAILED']);
  expect(attempts[2]?.error?.code).toHaveLength(100);
});

test('and the worker goes on', async () => {
  const { id } = await enqueue(dtp, { type: 'echo', payload: { still: 'here' } });
  expect(await becomes(dtp, id, 'SUCCEEDED')).toMatchObject({ result: { still: 'here' } });
});
