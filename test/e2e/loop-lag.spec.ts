import { monitorEventLoopDelay } from 'node:perf_hooks';
import { LIMITS } from '@taskpilot/contracts';
import { Exchange } from '../fuzz/exchange.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type Api, startApi } from './api-app.ts';
import { type Dtp, startDtp } from './dtp-app.ts';

const MOST_MS = 100;
/** What is slow by itself is slow each time; a machine that is busy with something else is not. */
const TRIES = 5;

/** Fills a body to the limit with one thing, again and again. */
const full = (start: string, piece: (index: number) => string, end: string): string => {
  const pieces: string[] = [];
  for (let length = start.length + end.length, index = 0; ; index++) {
    const next = piece(index);
    length += next.length;
    if (length > LIMITS.bodyBytes) return start + pieces.join('') + end;
    pieces.push(next);
  }
};
const payload = '{"type":"echo","payload":';

/** The dearest bodies there are: as long as is allowed, or much longer. */
const BODIES: Record<string, string> = {
  'ten megabytes': `${payload}"${'x'.repeat(10 * 1024 * 1024)}"}`,
  'arrays in arrays': full(payload, () => '[', ''),
  'objects in objects': full(payload, () => '{"a":', ''),
  'very many members': full(`${payload}{"a":0`, (index) => `,"${index}":0`, '}}'),
  'very many equal members': full(`${payload}{"a":0`, () => ',"a":0', '}}'),
  'very many members of its own': full('{"type":"echo"', (index) => `,"${index}":0`, '}'),
  'very many members of a nested object': full('{"type":"echo","retryPolicy":{"a":0', (index) => `,"${index}":0`, '}}'),
  'very many labels': full('{"name":"n","type":"echo","labels":{"a":""', (index) => `,"${index}":"${index}"`, '}}'),
  'very many items': full(`${payload}{"a":[0`, () => ',0', ']}}'),
  'very many numbers that are too large': full(`${payload}{"a":[0`, () => ',1e999', ']}}'),
  'a number of very many digits': full(`${payload}{"a":1`, () => '1', '}}'),
  'an exponent of very many digits': full(`${payload}{"a":1e`, () => '1', '}}'),
  'very many escapes': full(`${payload}{"a":"`, () => '\\u0041', '"}}'),
  'very many lone surrogates': full(`${payload}{"a":"`, () => '\\ud800', '"}}'),
  'very many blanks': full(payload, () => ' ', '{}}'),
  'a very long type': full('{"type":"', () => 'a-', '"}'),
  'a very long time': full('{"type":"echo","runAt":"', () => '2026-', '"}'),
  'a very long name': full('{"type":"echo","name":"', () => 'é', '"}').slice(0, LIMITS.bodyBytes / 2),
};

let databases: readonly [webdb: TestDatabase, dtp: TestDatabase];
let dtp: Dtp;
let api: Api;
let creates: readonly (readonly [Exchange, target: string])[];

beforeAll(async () => {
  databases = await Promise.all([createTestDatabase('webdb'), createTestDatabase('dtp')]);
  dtp = await startDtp(databases[1].url, { DTP_ROLE: 'api', LOG_LEVEL: 'fatal' });
  api = await startApi(databases[0].url, dtp, { LOG_LEVEL: 'fatal' });
  await api.app.listen(0, '127.0.0.1');
  creates = [
    [new Exchange(await api.app.getUrl()), '/api/tasks'],
    [new Exchange(dtp.url), '/tasks'],
  ];
});
afterAll(async () => {
  for (const [exchange] of creates ?? []) exchange.close();
  await api?.close();
  await dtp?.close();
  await Promise.all((databases ?? []).map((database) => database.drop()));
});

test.each(Object.keys(BODIES))(`%s: refused or taken, and nobody waits ${MOST_MS} ms for it`, async (what) => {
  const body = Buffer.from(BODIES[what] ?? '');
  for (const [exchange, target] of creates) {
    const headers = { 'content-type': 'application/json' };
    let leastMs = Number.POSITIVE_INFINITY;
    for (let tries = 0; tries < TRIES && leastMs >= MOST_MS; tries++) {
      const delay = monitorEventLoopDelay({ resolution: 5 });
      delay.enable();
      const { status } = await exchange.send({ method: 'POST', target, headers, body });
      delay.disable();
      expect(status === 201 || (status >= 400 && status < 500)).toBe(true);
      leastMs = Math.min(leastMs, delay.max / 1e6);
    }
    expect(leastMs).toBeLessThan(MOST_MS);
  }
});
