import { NoTurn } from './no-turn.ts';

/** Transport errors of the socket to the server, and of resolving its name. */
const NETWORK_CODES: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/** SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const OUT_OF_REACH = [
  '^08...', // connection exceptions
  '^57P0[1-5]', // shutting down, starting up, crashed, idle session ended
  '^25006', // a read-only server: a failover under way
];
/** pg, its pool and TypeORM tell these by their message alone. */
const GONE = [
  'Connection terminated',
  'Query read timeout',
  'timeout expired',
  'Client has encountered a connection error',
  'Client was closed',
  'Cannot use a pool after calling end',
  'Driver not Connected',
  'DataSource is not',
];

const POOL_EXHAUSTED = 'timeout exceeded when trying to connect';

interface Signs {
  readonly sqlStates: RegExp;
  readonly messages: RegExp;
}

const CONTACT_LOST: Signs = {
  sqlStates: new RegExp(OUT_OF_REACH.join('|')),
  messages: new RegExp(`^(?:${GONE.join('|')})`, 'i'),
};
const UNAVAILABLE: Signs = {
  sqlStates: new RegExp(
    [
      ...OUT_OF_REACH,
      '^53...', // out of disk, memory or connections
      '^57014', // cancelled: a statement over its timeout
      '^58...', // input or output failed
      '^55P03', // a lock was not had in time
      '^25P0[34]', // a transaction over its timeout
      '^42P01', // no such table: not migrated yet
      '^40001|^40P01', // lost a race, again and again
    ].join('|'),
  ),
  messages: new RegExp(`^(?:${[...GONE, POOL_EXHAUSTED].join('|')})`, 'i'),
};

/**
 * Whether an error says that the database cannot serve us now, and may later: it is away, starting, full, read-only,
 * overloaded or too slow. Errors of HTTP clients, which look alike, are not the database's.
 */
export function isDatabaseUnavailable(error: unknown): boolean {
  return error instanceof NoTurn || shows(error, UNAVAILABLE);
}

/**
 * Whether an error says that there was no database to talk to, for anyone: one that heartbeats met as well. A database
 * that answers does not count, be it that one statement took too long, or that all connections were in use.
 */
export function isContactLost(error: unknown): boolean {
  return shows(error, CONTACT_LOST);
}

function shows(error: unknown, signs: Signs): boolean {
  if (!(error instanceof Error) || 'isAxiosError' in error) return false;
  if (error instanceof AggregateError && error.errors.some((each) => shows(each, signs))) return true;
  if ('driverError' in error && error.driverError !== error && shows(error.driverError, signs)) return true;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return NETWORK_CODES.has(code) || signs.sqlStates.test(code) || signs.messages.test(error.message);
}
