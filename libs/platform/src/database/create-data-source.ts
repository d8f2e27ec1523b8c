import { Logger, type Type } from '@nestjs/common';
import pg, { type Client } from 'pg';
import { DataSource, type EntitySchema, type MigrationInterface } from 'typeorm';
import { HurriedPool } from './hurried-pool.ts';
import { KEPT_PLANS } from './kept-plans.ts';

const CONNECT_TIMEOUT_MS = 5_000;
/**
 * When a query is given up by the client: a server that hangs, or a network that swallows bytes, ends no
 * statement. Above the role's `statement_timeout`, which is the one that should strike.
 */
const QUERY_TIMEOUT_MS = 35_000;

export interface DatabaseOptions {
  readonly url: string;
  /** How many connections this process may hold. */
  readonly poolSize: number;
  /** Shown in `pg_stat_activity`. */
  readonly applicationName: string;
  readonly entities: readonly (Type | EntitySchema)[];
  /** Oldest first. */
  readonly migrations: readonly Type<MigrationInterface>[];
  /** After so long, in milliseconds, a query is given up by the client. */
  readonly queryTimeoutMs?: number;
  /** Whether statements are planned once a session: not where a pooler stands between. */
  readonly prepare?: boolean;
}

/** A data source for one of our databases, not connected yet. Nothing is synchronised, nothing is found by glob. */
export function createDataSource(options: DatabaseOptions): DataSource {
  const logger = new Logger('Database');
  return new DataSource({
    type: 'postgres',
    driver: { ...pg, Pool: HurriedPool },
    url: options.url,
    poolSize: options.poolSize,
    applicationName: options.applicationName,
    connectTimeoutMS: CONNECT_TIMEOUT_MS,
    parseInt8: true,
    installExtensions: false,
    poolErrorHandler: (error: Error) => logger.warn(`An idle connection was lost: ${error.message}`),
    extra: {
      query_timeout: options.queryTimeoutMs ?? QUERY_TIMEOUT_MS,
      keepAlive: true,
      ...(options.prepare ? { options: KEPT_PLANS } : {}),
      onConnect(client: Client) {
        outliveErrors(client);
        hangUpOnTimeout(client);
      },
    },
    entities: [...options.entities],
    migrations: [...options.migrations],
    migrationsTransactionMode: 'each',
    synchronize: false,
    migrationsRun: false,
    logging: false,
  });
}

/**
 * Between the pool, which takes its listener off a connection that it hands out, and TypeORM, which puts its own on a
 * turn later, nobody listens: a session that is terminated just then would end the process. The next query tells.
 */
function outliveErrors(client: Client): void {
  client.on('error', () => undefined);
}

/**
 * A query that was given up still holds its connection, and what the pool sends there next waits behind it: for ever, if
 * the answer got lost. The pool drops a client that has been ended.
 */
function hangUpOnTimeout(client: Client): void {
  const query: (...call: unknown[]) => unknown = client.query.bind(client);
  const watched = (...call: unknown[]): unknown => {
    const answer = query(...call);
    Promise.resolve(answer).catch(({ message }: Error) => {
      if (message === 'Query read timeout') client.end().catch(() => undefined);
    });
    return answer;
  };
  Object.assign(client, { query: watched });
}
