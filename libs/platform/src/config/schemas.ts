import { isIP } from 'node:net';
import { z } from 'zod';

/** What a setting of this kind must look like, for error messages: "expected …". Each takes text. */
const described = <T>(schema: z.ZodType<T, string>, expected: string): z.ZodType<T, string> =>
  schema.describe(expected);

const LONGEST_TIMER_MS = 2 ** 31 - 1;
const HOST_NAME = /^(?!-)[a-z0-9-]+(?:\.[a-z0-9-]+)*$/i;

/** Decimal digits alone: `1e3`, `0x10`, `007` and ` 5` are mistakes, not numbers. */
export const integer = (min: number, max: number, unit = '') =>
  described(
    z
      .string()
      .regex(/^(?:0|[1-9]\d*)$/)
      .transform(Number)
      .pipe(z.number().min(min).max(max)),
    `an integer from ${min} to ${max}${unit && ` (${unit})`}`,
  );

export const port = () => integer(1, 65_535);

/** Milliseconds that `setTimeout` can count: it fires at once beyond 2^31-1. */
export const milliseconds = (min: number) => integer(min, LONGEST_TIMER_MS, 'ms');

export const flag = () =>
  described(
    z.enum(['0', '1']).transform((text) => text === '1'),
    '0 or 1',
  );

export const oneOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  described(z.enum(values) as z.ZodType<T[number], string>, `one of ${values.join(', ')}`);

export const folder = () => described(z.string(), 'a path');

export const hostName = () =>
  described(
    z.string().refine((value) => isIP(value) !== 0 || HOST_NAME.test(value)),
    'a host name or an address',
  );

export const databaseUrl = () =>
  described(
    z.string().refine((value) => {
      const url = URL.parse(value);
      return url !== null && /^postgres(?:ql)?:$/.test(url.protocol) && /^\/[^/]+$/.test(url.pathname);
    }),
    'postgres://user:password@host:5432/database',
  );

/** The address of a server without its trailing slash, so that paths can be appended. */
export const httpUrl = () =>
  described(
    z
      .string()
      .refine((value) => {
        const url = URL.parse(value);
        return url !== null && /^https?:$/.test(url.protocol) && url.search === '' && url.hash === '';
      })
      .transform((value) => value.replace(/\/+$/, '')),
    'an address such as http://127.0.0.1:3001',
  );

/** Hosts as the caller wrote them, in lower case. Deciding who matches is the reader's affair. */
export const hostList = () =>
  described(
    z
      .string()
      .transform((value) =>
        value
          .split(',')
          .map((entry) => entry.trim().toLowerCase())
          .filter(Boolean),
      )
      .refine((entries) => entries.every(isHostEntry))
      .transform((entries): readonly string[] => entries),
    'hosts, addresses or CIDRs by commas, such as hooks.internal:8080,10.0.0.0/8',
  );

function isHostEntry(entry: string): boolean {
  const [address = '', bits, ...rest] = entry.split('/');
  if (bits !== undefined) {
    const family = isIP(address);
    return rest.length === 0 && family !== 0 && integer(0, family === 4 ? 32 : 128).safeParse(bits).success;
  }
  if (isIP(entry) !== 0) return true;
  const match = /^(?:\[(?<v6>[^\]]+)\]|(?<name>[^:[\]]+))(?::(?<port>.*))?$/.exec(entry)?.groups;
  if (!match) return false;
  const { v6, name, port: portText } = match;
  const hostIsGood = v6 === undefined ? HOST_NAME.test(name ?? '') : isIP(v6) === 6;
  return hostIsGood && (portText === undefined || port().safeParse(portText).success);
}
