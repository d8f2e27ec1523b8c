import { type Api, startApi } from '../e2e/api-app.ts';
import { type Dtp, startDtp } from '../e2e/dtp-app.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type Answer, Exchange } from './exchange.ts';
import { type Operation, PLANE_NAMES, type PlaneName, readOperations, type Schema } from './operations.ts';

const NUMBERS = [
  ...['0', '-0', '-1', '1', '1.5', '1e2', '2147483647', '2147483648', '-2147483649', '4294967296', '1e-400', '5e-324'],
  ...['9007199254740991', '9007199254740992', '9007199254740993', '1e308', '1e400', '-1e400', '1e131071', '0.1'],
  ...[
    'NaN',
    'Infinity',
    '0x10',
    '01',
    '"1"',
    '"1e9"',
    '""',
    'true',
    'null',
    '[1]',
    '{}',
    '123456789012345678901234567890',
  ],
];
const DATES = [
  ...[
    '"2026-11-20T09:30:00.000Z"',
    '"2026-11-20T09:30:00Z"',
    '"2026-11-20T10:30:00+01:00"',
    '"1970-01-01T00:00:00.000Z"',
  ],
  ...[
    '"0000-01-01T00:00:00.000Z"',
    '"0001-01-01T00:00:00.000Z"',
    '"9999-12-31T23:59:59.999Z"',
    '"10000-01-01T00:00:00Z"',
  ],
  ...[
    '"294277-01-01T00:00:00.000Z"',
    '"+294277-01-01T00:00:00.000Z"',
    '"-000001-01-01T00:00:00Z"',
    '"+275760-09-13T00:00:00Z"',
  ],
  ...['"2026-02-29T00:00:00Z"', '"2028-02-29T00:00:00Z"', '"2026-11-31T00:00:00Z"', '"2026-13-01T00:00:00Z"'],
  ...[
    '"2026-11-20T24:00:00Z"',
    '"2026-11-20T23:59:60Z"',
    '"2026-11-20T09:30:00"',
    '"2026-11-20"',
    '"2026-11-20 09:30:00Z"',
  ],
  ...[
    '"2026-11-20T09:30:00.0001Z"',
    '"2026-11-20T09:30:00+24:00"',
    '"2026-11-20T09:30:00-00:00"',
    '"now"',
    '"infinity"',
  ],
  ...[
    '"1e9"',
    '""',
    '0',
    '1795392000000',
    '-1',
    'true',
    '[]',
    '{}',
    'NaN',
    '1e400',
    '"2026-11-20T09:30:00.000Z\\u0000"',
  ],
];

/** A member of a body that is a number or a time, by the path to it. */
interface Field {
  readonly operation: Operation;
  readonly path: readonly string[];
  readonly values: readonly string[];
}

const typesOf = ({ type = [] }: Schema): readonly string[] => (typeof type === 'string' ? [type] : type);

function* fieldsIn(operation: Operation, schema: Schema, path: readonly string[] = []): Generator<Field> {
  const types = typesOf(schema);
  if (types.includes('integer') || types.includes('number')) yield { operation, path, values: NUMBERS };
  if (schema.format === 'date-time') yield { operation, path, values: DATES };
  if (schema.items) yield* fieldsIn(operation, schema.items, [...path, '0']);
  for (const [name, inner] of Object.entries(schema.properties ?? {}))
    yield* fieldsIn(operation, inner, [...path, name]);
}

const OPERATIONS = PLANE_NAMES.flatMap(readOperations);
const FIELDS = OPERATIONS.flatMap((operation) => (operation.body ? [...fieldsIn(operation, operation.body)] : []));
const PARAMETERS = OPERATIONS.flatMap((operation) =>
  operation.parameters
    .filter(({ in: place, schema }) => place === 'query' && typesOf(schema).includes('integer'))
    .map((parameter) => ({ operation, parameter })),
);

let databases: readonly [webdb: TestDatabase, dtp: TestDatabase];
let dtp: Dtp;
let api: Api;
let exchanges: Record<PlaneName, Exchange>;

beforeAll(async () => {
  databases = await Promise.all([createTestDatabase('webdb'), createTestDatabase('dtp')]);
  dtp = await startDtp(databases[1].url, { DTP_ROLE: 'api', LOG_LEVEL: 'fatal' });
  api = await startApi(databases[0].url, dtp, { LOG_LEVEL: 'fatal' });
  await api.app.listen(0, '127.0.0.1');
  exchanges = { dtp: new Exchange(dtp.url), api: new Exchange(await api.app.getUrl()) };
});
afterAll(async () => {
  for (const exchange of Object.values(exchanges ?? {})) exchange.close();
  await api?.close();
  await dtp?.close();
  await Promise.all((databases ?? []).map((database) => database.drop()));
});

/** A body that is whole but for the field, as JSON text. */
function bodyWith({ path, operation }: Field, json: string): string {
  const whole = { type: 'nobody.knows', ...(operation.plane === 'api' && { name: 'n' }) };
  const text = path.reduceRight<string>(
    (inner, name) => (name === '0' ? `[${inner}]` : `{${JSON.stringify(name)}:${inner}}`),
    json,
  );
  const insert = (body: string) => body.replace('{', `${JSON.stringify(whole).slice(0, -1)},`);
  const batch = path.indexOf('0');
  return batch === -1 ? insert(text) : text.replace(/\[(.*)\]/, (_, item: string) => `[${insert(item)}]`);
}

/** What was made of it: its status, and the field as it came back. */
function outcome({ path }: Field, answer: Answer): { status: number; value: unknown } {
  const body = JSON.parse(answer.text);
  const item = path.includes('0') && answer.status === 200 ? body.items[0] : { status: answer.status, task: body };
  const names = path.slice(path.indexOf('0') + 1);
  const value = names.reduce<unknown>((inner, name) => (inner as Record<string, unknown> | null)?.[name], item.task);
  return { status: item.status, value };
}

test('the documents name fields to try on both planes', () => {
  expect(new Set(FIELDS.map(({ operation }) => operation.plane))).toEqual(new Set(['api', 'dtp']));
  expect(FIELDS.length).toBeGreaterThanOrEqual(16);
  expect(PARAMETERS.length).toBeGreaterThanOrEqual(2);
});

test.each(FIELDS.map((field) => [`${field.operation.id} /${field.path.join('/')}`, field] as const))(
  '%s: 400, or exact',
  async (_, field) => {
    const { plane, path: target } = field.operation;
    const headers = { 'content-type': 'application/json' };
    const taken: string[] = [];
    for (const json of field.values) {
      const answer = await exchanges[plane].send({ method: 'POST', target, headers, body: bodyWith(field, json) });
      const { status, value } = outcome(field, answer);
      if (status === 400) continue;
      expect({ json, status }).toEqual({ json, status: 201 });
      taken.push(json);
      const sent: unknown = JSON.parse(json);
      if (field.values === NUMBERS) expect({ json, value: String(value) }).toEqual({ json, value: String(sent) });
      // On the execution plane a time that has passed means now.
      else if (field.path.at(-1) === 'runAt' && plane === 'dtp')
        expect(Date.parse(String(value))).toBeGreaterThanOrEqual(Date.parse(String(sent)));
      else expect({ json, at: Date.parse(String(value)) }).toEqual({ json, at: Date.parse(String(sent)) });
    }
    expect(taken).not.toEqual([]);
  },
);

test.each(PARAMETERS.map((known) => [`${known.operation.id} ?${known.parameter.name}`, known] as const))(
  '%s: 400, or what it says',
  async (_, { operation, parameter }) => {
    for (const value of NUMBERS) {
      const target = `${operation.path}?${parameter.name}=${encodeURIComponent(value)}`;
      const answer = await exchanges[operation.plane].send({ method: 'GET', target, headers: {}, body: null });
      const isMeant = /^\d+$/.test(value) && Number(value) >= 1 && Number(value) <= (parameter.schema.maximum ?? 0);
      expect({ value, status: answer.status }).toEqual({ value, status: isMeant ? 200 : 400 });
    }
  },
);
