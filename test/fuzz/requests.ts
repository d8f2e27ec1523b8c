import fc from 'fast-check';
import type { Operation, Parameter, Schema } from './operations.ts';
import { fitting, hostileBody, hostileHeader, hostileJson, hostileText } from './values.ts';

/** What the answers so far have made known, for requests that refer to it. */
export interface Known {
  readonly ids: string[];
  readonly cursors: string[];
}

export interface FuzzRequest {
  readonly method: string;
  /** Path and query, as they stand on the request line. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer | null;
}

type Part<T> = (known: Known) => T;
const fixed =
  <T>(value: T): Part<T> =>
  () =>
    value;
const pickFrom = (list: readonly string[], pick: number): string | undefined => list[pick % list.length];

/** Requests for an operation: most fit its document, many do so but for one place, some do not at all. */
export function requestsFor(operation: Operation): fc.Arbitrary<Part<FuzzRequest>> {
  return fc
    .record({
      path: fc.tuple(...ofKind(operation, 'path').map(pathParameter)),
      query: fc.tuple(...ofKind(operation, 'query').map(queryParameter)),
      extra: fc.oneof({ weight: 30, arbitrary: fc.constant('') }, { weight: 1, arbitrary: hostileQuery }),
      headers: headersFor(operation),
      body: bodyFor(operation),
    })
    .map(({ path, query, extra, headers, body }) => (known) => {
      const names = ofKind(operation, 'path').map(({ name }) => name);
      const filled = operation.path.replace(/\{(\w+)\}/g, (_, name) => path[names.indexOf(name)]?.(known) ?? '');
      const pairs = [...query.map((part) => part(known)), extra].filter((pair) => pair !== '');
      const target = pairs.length > 0 ? `${filled}?${pairs.join('&')}` : filled;
      const type = body === null || 'content-type' in headers ? {} : { 'content-type': 'application/json' };
      return { method: operation.method, target, headers: { ...type, ...headers }, body };
    });
}

const ofKind = ({ parameters }: Operation, kind: Parameter['in']) => parameters.filter((known) => known.in === kind);

const encoded = (text: string) => encodeURIComponent(text.toWellFormed());

function pathParameter({ schema }: Parameter): fc.Arbitrary<Part<string>> {
  return fc.oneof(
    {
      weight: 12,
      arbitrary: fc.nat().map(
        (pick): Part<string> =>
          ({ ids }) =>
            pickFrom(ids, pick) ?? crypto.randomUUID(),
      ),
    },
    { weight: 2, arbitrary: fitting(schema).map((value) => fixed(encoded(String(value)))) },
    {
      weight: 1,
      arbitrary: fc.nat().map(
        (pick): Part<string> =>
          ({ ids }) =>
            (pickFrom(ids, pick) ?? 'X').toUpperCase(),
      ),
    },
    // An empty or dotted segment would be another path.
    { weight: 2, arbitrary: hostileText.filter((text) => !/^\.{0,2}$/.test(text)).map((text) => fixed(encoded(text))) },
    { weight: 1, arbitrary: fc.constantFrom('%zz', '%', '%00', '%ff', '%2e%2e', '%c0%80').map(fixed) },
  );
}

function queryParameter({ name, schema }: Parameter): fc.Arbitrary<Part<string>> {
  const pair = (value: string) => `${name}=${value}`;
  const absent = fc.constant(fixed(''));
  const present = fc.oneof(
    { weight: 4, arbitrary: fitting(schema).map((value) => fixed(pair(encoded(String(value))))) },
    {
      weight: 2,
      arbitrary: fc.nat().map(
        (pick): Part<string> =>
          ({ cursors }) =>
            pair(pickFrom(cursors, pick) ?? ''),
      ),
    },
    { weight: 2, arbitrary: hostileText.map((text) => fixed(pair(encoded(text)))) },
    { weight: 1, arbitrary: fc.constantFrom(`${name}=1&${name}=2`, name, `${name}[]=1`, `${name}=%zz`).map(fixed) },
  );
  return fc.oneof({ weight: 3, arbitrary: absent }, { weight: 1, arbitrary: present });
}

const hostileQuery = fc.constantFrom(
  'unknown=1',
  '&&',
  '%00=1',
  'a',
  '=',
  '__proto__=1',
  `x=${'y'.repeat(9_000)}`,
  '%ff',
);

const CONTENT_TYPES = [
  ...['application/json; charset=utf-8', 'APPLICATION/JSON', 'application/json;charset=latin1', 'application/json,x'],
  ...['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', 'application/problem+json', 'json', ''],
];
const TRACEPARENTS = ['00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', '00-0-0-0', 'x'];
const REQUEST_IDS = ['mine-1', 'x'.repeat(129), 'a b', '\u00fc'];

function headersFor(operation: Operation): fc.Arbitrary<Record<string, string>> {
  const rarely = (values: fc.Arbitrary<string>) =>
    fc.oneof({ weight: 12, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: values });
  const documented = ofKind(operation, 'header').map(({ name }) => [
    name.toLowerCase(),
    fc.oneof(
      { weight: 4, arbitrary: fc.constant(undefined) },
      // Few, so that they repeat.
      { weight: 2, arbitrary: fc.nat(40).map((pick) => `key-${pick}`) },
      { weight: 1, arbitrary: hostileHeader },
    ),
  ]);
  return fc
    .record({
      'content-type': rarely(fc.constantFrom(...CONTENT_TYPES)),
      'content-encoding': rarely(fc.constantFrom('gzip', 'identity', 'x')),
      accept: rarely(fc.constantFrom('text/html', 'application/xml', '*/*;q=0', 'application/json')),
      traceparent: rarely(fc.constantFrom(...TRACEPARENTS)),
      'x-request-id': rarely(fc.oneof(fc.constantFrom(...REQUEST_IDS), hostileHeader)),
      'x-fuzz': rarely(fc.constantFrom('x'.repeat(1_000), 'x'.repeat(20_000))),
      ...(operation.plane === 'dtp' && { 'x-dtp-instance': rarely(fc.oneof(fc.uuid(), hostileHeader)) }),
      ...(Object.fromEntries(documented) as Record<string, fc.Arbitrary<string | undefined>>),
    })
    .map((headers) =>
      Object.fromEntries(Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined)),
    );
}

function bodyFor({ method, body, examples }: Operation): fc.Arbitrary<string | Buffer | null> {
  const none = fc.constant(null);
  if (!body) {
    const some = fc.oneof(fc.constantFrom('{}', '{"reason":"x"}', '[]', 'null', 'x'.repeat(300_000)), hostileBody);
    return method === 'GET'
      ? fc.oneof({ weight: 40, arbitrary: none }, { weight: 1, arbitrary: some })
      : fc.oneof({ weight: 6, arbitrary: none }, { weight: 1, arbitrary: some });
  }
  const fits = fc.oneof(
    fitting(body) as fc.Arbitrary<Record<string, unknown>>,
    ...(examples.length > 0
      ? [
          fc
            .tuple(fc.constantFrom(...examples), fitting(body))
            .map(([example, more]) => ({ ...(more as object), ...example })),
        ]
      : []),
  );
  return fc.oneof(
    { weight: 8, arbitrary: fits.map((value) => JSON.stringify(value)) },
    {
      weight: 8,
      arbitrary: fc.tuple(fits, nearly(body), hostileJson).map(([value, spoil, json]) => spoil(value, json)),
    },
    { weight: 2, arbitrary: hostileBody },
    { weight: 1, arbitrary: fc.constantFrom(null, `{"payload":"${'x'.repeat(256 * 1024)}"}`) },
  );
}

type Spoil = (value: Record<string, unknown>, json: string) => string;
const MARK = '"\u{E000}"';

/** Ways to spoil a fitting body in one place. */
function nearly({ properties = {} }: Schema): fc.Arbitrary<Spoil> {
  const marked = (value: object) => JSON.stringify(value);
  return fc
    .tuple(fc.constantFrom(...Object.keys(properties)), fc.constantFrom('member', 'inner', 'lost', 'unknown', 'twice'))
    .chain(([name, how]) => {
      const inner = Object.keys(properties[name]?.properties ?? {});
      return fc.constantFrom(...(inner.length > 0 ? inner : ['a'])).map(
        (innerName): Spoil =>
          (value, json) => {
            const { [name]: _, ...others } = value;
            if (how === 'lost') return marked(others);
            if (how === 'twice')
              return marked({ ...value, [name]: null }).replace(/\}$/, `,${JSON.stringify(name)}:${json}}`);
            const spoilt = {
              member: { [name]: '\u{E000}' },
              inner: { [name]: { [innerName]: '\u{E000}' } },
              unknown: { [`${name}x`]: '\u{E000}' },
            }[how as 'member'];
            return marked({ ...value, ...spoilt }).replace(MARK, () => json);
          },
      );
    });
}
