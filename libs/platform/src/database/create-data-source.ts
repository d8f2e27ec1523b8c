import { Logger, type Type } from '@nestjs/common';
import type { Client } from 'pg';
import { DataSource, type EntitySchema, type MigrationInterface } from 'typeorm';

const CONNECT_TIMEOUT_MS = 5_000;
/**
 * After so long a query is given up by the client: a server that hangs, or a network that swallows bytes, ends no
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
}

/** A data source for one of our databases, not connected yet. Nothing is synchronised, nothing is found by glob. */
export function createDataSource(options: DatabaseOptions): DataSource {
  const logger = new Logger('Database');
  return new DataSource({
    type: 'postgres',
    url: options.url,
    poolSize: options.poolSize,
    applicationName: options.applicationName,
    connectTimeoutMS: CONNECT_TIMEOUT_MS,
    parseInt8: true,
    installExtensions: false,
    poolErrorHandler: (error: Error) => logger.warn(`An idle connection was lost: ${error.message}`),
    extra: { query_timeout: QUERY_TIMEOUT_MS, keepAlive: true, onConnect: outliveErrors },
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
