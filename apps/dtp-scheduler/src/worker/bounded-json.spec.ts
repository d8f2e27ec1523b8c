import fc from 'fast-check';
import { BoundedJson } from './bounded-json.ts';
import { normaliseResult, RESULT_BYTES } from './normalise-result.ts';

const write = (value: unknown) => BoundedJson.write(value, 1_000);

const cycle: Record<string, unknown> = { name: 'loop' };
cycle.self = cycle;

const shared = { a: 1 };

let deep: unknown = 'bottom';
for (let level = 0; level < 1_000_000; level++) deep = { deep };

const detached = new DataView(new ArrayBuffer(8));
structuredClone(detached.buffer, { transfer: [detached.buffer] });

const revoked = Proxy.revocable({}, {});
revoked.revoke();

describe('BoundedJson', () => {
  it.each<[what: string, value: unknown, json: string]>([
    ['undefined', undefined, 'null'],
    ['a function', () => 1, 'null'],
    ['NaN and the infinities', [Number.NaN, Infinity, -Infinity], '[null,null,null]'],
    ['minus zero', -0, '0'],
    ['a date', new Date(0), '"1970-01-01T00:00:00.000Z"'],
    ['an invalid date', new Date(Number.NaN), 'null'],
    ['a BigInt', { big: 2n ** 64n }, '{"big":"18446744073709551616"}'],
    ['members without a value', { a: undefined, b: () => 1, c: Symbol('c'), d: 1 }, '{"d":1}'],
    ['array items without a value', [undefined, () => 1], '[null,null]'],
    ['a NUL character', 'a\0b', '"a\uFFFDb"'],
    ['lone surrogates, in keys too', { 'k\uD800': '\uDC00v' }, '{"k\uFFFD":"\uFFFDv"}'],
    ['a cycle', cycle, '{"name":"loop","self":"[circular]"}'],
    ['the same object twice', [shared, shared], '[{"a":1},{"a":1}]'],
    ['a revoked proxy', { a: revoked.proxy }, '{"a":"[unreadable]"}'],
    ['a view of a buffer that has been transferred', detached, '"[unreadable]"'],
    ['toJSON', { a: { toJSON: () => ({ b: 1 }) } }, '{"a":{"b":1}}'],
    ['a toJSON that gives nothing', { a: { toJSON: () => undefined } }, '{}'],
    [
      'a toJSON that answers itself',
      { toJSON: () => cycle },
      '{"name":"loop","self":{"name":"loop","self":"[circular]"}}',
    ],
    ['boxed values', [Object(1), Object('a'), Object(false)], '[1,"a",false]'],
    ['a key that means something', JSON.parse('{"__proto__":1}'), '{"__proto__":1}'],
  ])('writes %s', (_what, value, json) => {
    expect(write(value)).toBe(json);
  });

  it('replaces what throws while it is read, and keeps the rest', () => {
    const hostile = {
      get bad(): never {
        throw new Error('no');
      },
      worse: {
        toJSON(): never {
          throw undefined;
        },
      },
      good: 1,
    };
    expect(write(hostile)).toBe('{"bad":"[unreadable]","worse":"[unreadable]","good":1}');
  });

  it('cuts what nests a million levels deep', () => {
    expect(write(deep)).toMatch(/^(\{"deep":){64}"\[nested too deeply\]"}{64}$/);
  });

  it.each<[what: string, value: () => unknown]>([
    ['a long string', () => 'x'.repeat(2 ** 29 - 24)],
    ['a long key', () => ({ ['x'.repeat(10_000_000)]: 1 })],
    ['a sparse array', () => new Array(2 ** 32 - 1)],
    ['a large buffer', () => Buffer.alloc(100_000_000)],
    ['a huge BigInt', () => 1n << 10_000_000n],
    [
      'an object that unfolds for ever',
      () => {
        const endless = (): object => ({ toJSON: () => ({ a: [endless(), endless()] }) });
        return endless();
      },
    ],
  ])('gives up on %s at once', (_what, make) => {
    const value = make();
    const start = performance.now();
    expect(write(value)).toBeUndefined();
    expect(performance.now() - start).toBeLessThan(100);
  });

  it('writes what JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 20 }), (value) => {
        const text = BoundedJson.write(value, 1_000_000);
        const plain = JSON.stringify(value);
        // Control characters aside, which are replaced on purpose.
        if (!plain.includes('\\u0000')) expect(text).toBe(plain);
      }),
    );
  });

  it('never throws, and answers JSON within its bounds or nothing', () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withDate: true, withMap: true, withSparseArray: true }), (value) => {
        const text = BoundedJson.write(value, 200);
        if (text === undefined) return;
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(200);
        JSON.parse(text);
      }),
    );
  });
});

describe('normaliseResult', () => {
  it('keeps a result of exactly the limit and replaces a larger one by a note', () => {
    const fits = ['a', 'x'.repeat(RESULT_BYTES - '["a",""]'.length)];
    expect(normaliseResult(fits)).toBe(JSON.stringify(fits));
    expect(JSON.parse(normaliseResult([...fits, 1]))).toEqual({
      note: 'The result was larger than 262144 bytes of JSON and was not kept.',
    });
  });

  it('counts bytes, not characters', () => {
    expect(JSON.parse(normaliseResult('€'.repeat(RESULT_BYTES / 2)))).toHaveProperty('note');
  });
});
