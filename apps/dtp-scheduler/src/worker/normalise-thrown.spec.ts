import fc from 'fast-check';
import { NonRetryableFailure, Snooze, TaskFailure } from '../handlers/task-handler.ts';
import { normaliseThrown, unexpectedStack } from './normalise-thrown.ts';

const failed = (error: object, advice: object = { kind: 'policy' }) => ({
  kind: 'failed',
  error,
  advice,
  timedOut: false,
});

const handlerError = (message: string) => failed({ code: 'HANDLER_ERROR', message });

describe('normaliseThrown', () => {
  it.each<[what: string, thrown: unknown, outcome: object]>([
    ['an error', new TypeError('boom'), handlerError('boom')],
    ['an error without a message', new TypeError(), handlerError('TypeError')],
    ['a string', 'boom', handlerError('boom')],
    ['undefined', undefined, handlerError('The handler threw undefined.')],
    ['null', null, handlerError('The handler threw null.')],
    ['an object', { a: 1 }, handlerError('The handler threw {"a":1}.')],
    ['a symbol', Symbol('s'), handlerError('The handler threw Symbol(s).')],
    ['a huge BigInt', 1n << 10_000_000n, handlerError('The handler threw a large bigint.')],
    ['a large object', { a: 'x'.repeat(10_000) }, handlerError('The handler threw a large object.')],
    ['a huge message', new Error('x'.repeat(10_000_000)), handlerError('x'.repeat(2_000))],
    ['a message cut through a character', `${'x'.repeat(1_999)}😀`, handlerError(`${'x'.repeat(1_999)}\uFFFD`)],
    ['NUL and lone surrogates', new Error('a\0b\uD800'), handlerError('a\uFFFDb\uFFFD')],
    ['a message that is none', Object.assign(new Error(), { message: 12n }), handlerError('12')],
    ['a snooze', new Snooze(1_500.4), { kind: 'snoozed', delayMs: 1_500 }],
    ['a snooze for ever', new Snooze(Infinity), { kind: 'snoozed', delayMs: 604_800_000 }],
    ['a snooze into the past', new Snooze(-5), { kind: 'snoozed', delayMs: 0 }],
    ['a snooze for no number', new Snooze(Number.NaN), { kind: 'snoozed', delayMs: 0 }],
    [
      'a failure with members of its own',
      new TaskFailure({ code: 'HTTP_STATUS', message: 'It said 503.', status: 503, extra: 1n }),
      failed({ code: 'HTTP_STATUS', message: 'It said 503.', status: 503, extra: '1' }),
    ],
    [
      'a failure that asks for a delay',
      new TaskFailure({ code: 'A', message: 'm' }, 2_000),
      failed({ code: 'A', message: 'm' }, { kind: 'after', delayMs: 2_000 }),
    ],
    [
      'a failure that asks for no number',
      new TaskFailure({ code: 'A', message: 'm' }, Number.NaN),
      failed({ code: 'A', message: 'm' }),
    ],
    [
      'a final failure',
      new NonRetryableFailure({ code: 'A', message: 'm' }),
      failed({ code: 'A', message: 'm' }, { kind: 'never' }),
    ],
    [
      'a failure with too much to tell',
      new TaskFailure({ code: 'A', message: 'm', body: 'x'.repeat(10_000) }),
      failed({ code: 'A', message: 'm', note: 'Further members exceeded 8192 bytes and were not kept.' }),
    ],
  ])('understands %s', (_what, thrown, outcome) => {
    expect(normaliseThrown(thrown)).toEqual(outcome);
  });

  it.each<[what: string, make: () => unknown]>([
    [
      'a getter that throws',
      () =>
        Object.defineProperty(new Error(), 'message', {
          get() {
            throw new Error('no');
          },
        }),
    ],
    [
      'a proxy that traps its own class',
      () =>
        new Proxy(new Error(), {
          getPrototypeOf() {
            throw new Error('no');
          },
        }),
    ],
    ['a failure without its error', () => Object.assign(new TaskFailure({ code: 'A', message: 'm' }), { error: null })],
  ])('survives %s', (_what, make) => {
    expect(normaliseThrown(make())).toEqual(handlerError('The handler threw something that cannot be read.'));
    expect(unexpectedStack(make()) ?? '').toBeDefined();
  });

  it('never throws, and always has an error that can be stored', () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withNullPrototype: true }), (thrown) => {
        const outcome = normaliseThrown(thrown);
        if (outcome.kind !== 'failed') throw new Error('It is a failure.');
        expect(outcome.error.message.length).toBeLessThanOrEqual(2_050);
        expect(JSON.stringify(outcome.error)).not.toMatch(/\\u0000|\\ud[89a-f]/i);
      }),
    );
  });
});

describe('unexpectedStack', () => {
  it('tells the stack of a bug, and nothing about what was thrown on purpose', () => {
    expect(unexpectedStack(new Error('bug'))).toMatch(/^Error: bug\n +at /);
    expect(unexpectedStack(new Snooze(1))).toBeUndefined();
    expect(unexpectedStack(new TaskFailure({ code: 'A', message: 'm' }))).toBeUndefined();
    expect(unexpectedStack('text')).toBeUndefined();
  });
});
