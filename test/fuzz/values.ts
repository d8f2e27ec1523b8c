import fc from 'fast-check';
import type { Schema } from './operations.ts';

const anyText = fc.string({ unit: 'grapheme', maxLength: 40 });
const anyJson = fc.jsonValue({ maxDepth: 4 });

/** Values that fit a schema. */
export function fitting(schema: Schema): fc.Arbitrary<unknown> {
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return fc.oneof(...choices.map(fitting));
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (Array.isArray(schema.type)) return fc.oneof(...schema.type.map((type) => fitting({ ...schema, type })));
  switch (schema.type) {
    case 'integer':
      return fc.integer({ min: schema.minimum ?? -(2 ** 31), max: schema.maximum ?? 2 ** 31 });
    case 'number':
      return fc.double({ min: schema.minimum ?? -1e9, max: schema.maximum ?? 1e9, noNaN: true });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'string':
      return fittingText(schema);
    case 'array':
      return fc.array(fitting(schema.items ?? {}), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(schema.maxItems ?? 5, 5),
      });
    case 'object':
      return schema.properties ? fittingRecord(schema) : fittingMap(schema);
    default:
      return anyJson;
  }
}

function fittingText({ pattern, format, minLength = 0, maxLength = 60 }: Schema): fc.Arbitrary<string> {
  if (pattern) return fc.oneof(fc.constantFrom('default', 'nobody.knows'), fc.stringMatching(new RegExp(pattern)));
  if (format === 'uuid') return fc.uuid();
  if (format === 'date-time') {
    return fc
      .date({ min: new Date(0), max: new Date('2100-01-01T00:00:00Z'), noInvalidDate: true })
      .map((date) => date.toISOString());
  }
  return fc.string({ unit: 'grapheme', minLength, maxLength: Math.min(maxLength, 60) });
}

function fittingRecord({ properties = {}, required = [] }: Schema): fc.Arbitrary<unknown> {
  const members = Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, fitting(schema)]));
  return fc.record(members, { requiredKeys: [...required] });
}

function fittingMap({ additionalProperties }: Schema): fc.Arbitrary<unknown> {
  const values = typeof additionalProperties === 'object' ? fitting(additionalProperties) : anyJson;
  return fc.dictionary(fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,20}$/), values, { maxKeys: 5 });
}

const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

/** JSON text, or nearly, that a careless reader stumbles over. */
const HOSTILE_JSON = [
  ...['0', '-0', '-1', '1.5', '1e2', '2147483648', '-2147483649', '9007199254740992', '9007199254740993'],
  ...['1e400', '-1e400', '1e131071', '1e-400', '0.1e1', '00', '+1', '.5', '1.', '0x10', 'NaN', 'Infinity', '-Infinity'],
  ...['null', 'true', '[]', '{}', '""', '" "', '"0"', '"1e9"', '"NaN"', 'undefined', "'x'", ''],
  ...['"\\u0000"', '"\\ud800"', '"\\udc00\\ud800"', '"\\u202e"', '"\\x"', '"\n"', '"\\uFEFF"', '"\u2028"'],
  ...['{"__proto__":1}', '{"constructor":{"prototype":1}}', '{"a":1,"a":2}', '{"":1}', '{"a":1,}', '[1,]', '/**/1'],
  ...[nested(8), nested(31), nested(32), nested(33), nested(7_000), `"${'x'.repeat(201)}"`, `"${'é'.repeat(5_000)}"`],
  ...['"2026-02-30T00:00:00.000Z"', '"2026-01-01"', '"2026-01-01T24:00:00Z"', '"2026-01-01T00:00:60Z"'],
  ...['"+294277-01-01T00:00:00.000Z"', '"0000-01-01T00:00:00.000Z"', '"9999-12-31T23:59:59.999Z"', '"1e9"'],
  ...['"2026-01-01T00:00:00+25:00"', '"2026-01-01T00:00:00.0001Z"', '"2026-01-01t00:00:00z"', '"now"', '"infinity"'],
  ...[`"'; DROP TABLE scheduler_task; --"`, '"%00"', '"../../etc/passwd"', '"\\u0001"', '"<script>"'],
];

export const hostileJson: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...HOSTILE_JSON) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }).map((text) => JSON.stringify(text)) },
  { weight: 1, arbitrary: anyJson.map((value) => JSON.stringify(value)) },
  { weight: 1, arbitrary: fc.double().map(String) },
);

/** Text for paths and queries, before it is percent-encoded. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom('0', '-1', '1e2', '201', '2147483648', '9007199254740993', 'NaN', 'null', 'undefined', 'true', '[]'),
  fc.constantFrom('..', '.', '*', ' ', "'", '"', '\\', '\0', '\u{1F600}', '%', '%00', '/', '?', '#', 'x'.repeat(300)),
  fc.constantFrom("' OR 1=1 --", '{"a":1}', 'SUCCEEDED ', 'succeeded', '__proto__', 'constructor', '١٢'),
  fc.constantFrom('00000000-0000-0000-0000-000000000000', 'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF', '{x}'),
  anyText,
  fc.base64String({ maxLength: 60 }),
);

/** What may follow a header's name: Latin-1 without control characters, since no client could send others. */
export const hostileHeader: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom('', ' ', 'x'.repeat(201), 'ü', '"', "'", ',', 'a, b', '\t', '00-0-0-00', '\u00ff'),
  fc.string({
    unit: fc
      .integer({ min: 0x21, max: 0xff })
      .filter((code) => code < 0x7f || code > 0x9f)
      .map((code) => String.fromCharCode(code)),
    maxLength: 40,
  }),
);

/** Whole bodies that are no request at all. */
export const hostileBody: fc.Arbitrary<string | Buffer> = fc.oneof(
  hostileJson,
  fc.constantFrom('', ' ', '{', '{"type":', '[{}]', '\ufeff{}', 'type=echo', '{}{}', '{"type":"echo"}x', '\0', '<a/>'),
  fc.constantFrom<string | Buffer>(
    Buffer.from([0x7b, 0xff, 0x7d]),
    Buffer.from([0xfe, 0xff, 0, 0x7b]),
    Buffer.alloc(9),
  ),
  fc.uint8Array({ maxLength: 50 }).map((bytes) => Buffer.from(bytes)),
);
