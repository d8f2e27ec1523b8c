import fc from 'fast-check';
import { ProblemError } from '../problem/problem-error.ts';
import { readJson } from './read-json.ts';

const read = (text: string) => readJson(Buffer.from(text));

function refusal(body: string | Buffer): { pointer: string; detail: string } {
  try {
    readJson(Buffer.from(body as string));
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    expect(error.code).toBe('MALFORMED_JSON');
    expect(error.extensions.errors).toHaveLength(1);
    return error.extensions.errors?.[0] as { pointer: string; detail: string };
  }
  throw new Error(`accepted: ${body}`);
}

const nest = (levels: number, inner = '1') => '{"a":'.repeat(levels) + inner + '}'.repeat(levels);

describe('readJson', () => {
  it.each([
    '{}',
    '[]',
    'null',
    '"text"',
    '-0.5',
    '{"a":{"a":[{"a":1},{"a":2}]},"b":"a"}',
    '{"a":"\\u00e9\\ud83d\\ude00\\n\\"\\\\","\\u0061b":1}',
    '[9007199254740991,-9007199254740991,0.1,1e10,1E-7,1.7976931348623157e308,5e-324,0e9,-0,0.0e-999]',
    '{"id":"9007199254740993","hex":"1e400"}',
    '{"toString":1,"hasOwnProperty":2,"a:b":3,"{":"}","proto":4}',
    nest(32),
  ])('takes %s as JSON.parse does', (text) => {
    expect(read(text)).toEqual(JSON.parse(text));
  });

  it.each<[string, string, string, RegExp]>([
    ['a duplicate key', '{"a":{"b":1,"c":2,"b":3}}', '/a/b', /twice/],
    ['a duplicate key behind an escape', '{"ab":1,"\\u0061b":2}', '/ab', /twice/],
    ['an empty duplicate key', '{"":1,"":2}', '/', /twice/],
    ['__proto__', '{"a":[0,{"__proto__":{}}]}', '/a/1/__proto__', /not allowed/],
    ['an escaped __proto__', '{"\\u005f_proto__":1}', '/__proto__', /not allowed/],
    ['constructor', '{"constructor":1}', '/constructor', /not allowed/],
    ['prototype', '{"x":1,"prototype":1}', '/prototype', /not allowed/],
    ['a NUL in a value', '{"a":["x","\\u0000"]}', '/a/1', /NUL/],
    ['a NUL in a key', '{"a":{"b\\u0000":1}}', '/a', /key that holds a NUL/],
    ['a NUL in a second key', '[{"a":1,"b\\u0000":1}]', '/0', /key that holds a NUL/],
    ['a lone high surrogate', '{"a":"\\ud800"}', '/a', /surrogate/],
    ['a lone low surrogate in a key', '{"\\udc00":1}', '', /key that holds a lone surrogate/],
    ['an overflow', '{"a":1e400}', '/a', /too large/],
    ['a negative overflow', '[1,-1e999]', '/1', /too large/],
    ['a huge exponent', '1e131071', '', /too large/],
    ['an underflow', '{"a":1e-400}', '/a', /too small/],
    ['a hidden underflow', '[-0.0000000000000000001e-320]', '/0', /too small/],
    ['2^53', '{"a":9007199254740992}', '/a', /beyond/],
    ['2^53+1, negative', '{"a":{"b":-9007199254740993}}', '/a/b', /beyond/],
    ['a long integer', `[${'9'.repeat(400)}]`, '/0', /beyond/],
    ['33 levels', nest(33), `${'/a'.repeat(32)}`, /over 32 levels/],
    ['33 levels of arrays', '['.repeat(33) + ']'.repeat(33), '/0'.repeat(32), /over 32 levels/],
    ['a fault under a key to escape', '{"a/b~c":[1e400]}', '/a~1b~0c/0', /too large/],
    ['a fault after closed containers', '[{"a":[1,2]},[],{},1e400]', '/3', /too large/],
    ['a syntax error', '{"a":}', '', /does not parse/],
    ['an empty text', ' ', '', /does not parse/],
    ['two values', '1 2', '', /does not parse/],
  ])('refuses %s', (_, text, pointer, detail) => {
    expect(refusal(text)).toEqual({ pointer, detail: expect.stringMatching(detail) });
  });

  it('refuses a byte order mark and invalid UTF-8', () => {
    expect(refusal('\ufeff{}').detail).toMatch(/byte order mark/);
    expect(refusal(Buffer.from([0x22, 0xff, 0x22])).detail).toMatch(/UTF-8/);
    expect(refusal(Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])).detail).toMatch(/UTF-8/);
  });

  it('survives 200,000 levels', () => {
    expect(refusal('['.repeat(200_000) + ']'.repeat(200_000)).detail).toMatch(/over 32 levels/);
    expect(refusal('['.repeat(200_000)).detail).toMatch(/does not parse/);
  });

  it('never alters: what it accepts, JSON.parse gives', () => {
    const tricky = fc.constantFrom('__proto__', 'a', 'constructor', '\0', '\ud800', 'toString', '"\\', 'é😀');
    const key = fc.oneof(fc.string({ unit: 'grapheme' }), tricky);
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 5 },
        fc.constantFrom('1e400', '9007199254740993', '1e-999', 'true', 'null', '{}', '[]', '-0'),
        fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => JSON.stringify(n)),
        key.map((text) => JSON.stringify(text)),
        fc.array(tie('value'), { maxLength: 4 }).map((items) => `[ ${items.join(' ,\n')}]`),
        fc
          .array(fc.tuple(key, tie('value')), { maxLength: 4 })
          .map((members) => `{${members.map(([name, inner]) => `${JSON.stringify(name)} :\t${inner}`).join(',')} }`),
      ),
    }));
    fc.assert(
      fc.property(value as fc.Arbitrary<string>, (text) => {
        let accepted: unknown;
        try {
          accepted = read(text);
        } catch (error) {
          expect(error).toBeInstanceOf(ProblemError);
          return;
        }
        expect(accepted).toEqual(JSON.parse(text));
        expect(text).not.toMatch(/"(__proto__|constructor)" :|\\u0000|\\ud800|1e400|9007199254740993|1e-999/);
      }),
      { numRuns: 1_000 },
    );
  });

  it('accepts every value that holds nothing to refuse', () => {
    const word = fc.string({ unit: 'binary-ascii', maxLength: 8 }).map((text) => `_${text.replaceAll('\0', '')}`);
    const safe = fc.anything({
      key: word,
      values: [
        word,
        fc.maxSafeInteger(),
        fc.boolean(),
        fc.constant(null),
        fc.double({ noNaN: true, min: -1e300, max: 1e300 }),
      ],
      maxDepth: 6,
    });
    fc.assert(
      fc.property(safe, (value) => {
        const text = JSON.stringify(value) ?? 'null';
        fc.pre(!/\d{17}/.test(text));
        expect(read(text)).toEqual(JSON.parse(text));
      }),
    );
  });
});

describe('readJson, with a list whose elements are judged apart', () => {
  const readApart = (text: string) =>
    readJson(Buffer.from(text), { maxDepth: 34, apart: 'items' }) as { items: unknown[] };

  it.each([
    ['[{"a":"\\u0000"},{"b":[1,{"c":"],[{"}]}]', [true, false]],
    ['[ 1 , "x,\\"]" ,9007199254740993, {"a":1,"a":2} ]', [false, false, true, true]],
    [`[${nest(32)},${nest(33)}]`, [false, true]],
    ['["\\u0000"]', [true]],
  ])('%s', (list, refused) => {
    for (const text of [`{"items":${list}}`, `{"bind":true, "\\u0069tems" : ${list} ,"z":"items"}`]) {
      const { items } = readApart(text);
      expect(items.map((item) => item instanceof ProblemError)).toEqual(refused);
      for (const [index, item] of items.entries()) {
        if (!refused[index]) expect(item).toEqual((JSON.parse(text) as { items: unknown[] }).items[index]);
      }
    }
  });

  it.each([
    '{"items":[1],"items":["\\u0000"]}',
    '{"items":[1],"x":"\\u0000"}',
    '{"items":{"a":"\\u0000"}}',
    '["items",["\\u0000"]]',
    '"\\u0000"',
    '{"a":{"items":["\\u0000"]}}',
    '{"items":[],"a":1,"a":2}',
  ])('refuses %s as a whole', (text) => {
    expect(() => readApart(text)).toThrow(ProblemError);
  });
});
