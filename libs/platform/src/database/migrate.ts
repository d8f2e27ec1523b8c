import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { createDataSource, type DatabaseOptions } from './create-data-source.ts';
import { setRoleDefaults } from './role-defaults.ts';

/** Any number that nobody else in the database locks. Migrations of both planes may share a database. */
const MIGRATION_LOCK = 7_316_914_802;
const LOCK_POLL_MS = 200;
const CONNECT_TIMEOUT_MS = 5_000;

export type MigrationOptions = Omit<DatabaseOptions, 'poolSize'>;

/**
 * Brings a database up to date, then gives its role our timeouts. Any number of processes may do so at once: one works,
 * the others wait.
 *
 * @param options its `url` must lead to the server itself: a session lock means nothing behind a pooler
 * @returns the names of the migrations that ran, oldest first
 */
export async function migrate(options: MigrationOptions): Promise<string[]> {
  const lock = new Client({
    connectionString: options.url,
    application_name: `${options.applicationName}-migration-lock`,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
  });
  lock.on('error', () => undefined);
  await lock.connect();
  try {
    await acquire(lock);
    const names = await runMigrations(options);
    await setRoleDefaults(lock);
    return names;
  } finally {
    await lock.end();
  }
}

/** Asks again and again: a session that waits inside a statement holds up CREATE INDEX CONCURRENTLY, for ever. */
async function acquire(client: Client): Promise<void> {
  for (;;) {
    const { rows } = await client.query('SELECT pg_try_advisory_lock($1::bigint) AS acquired', [MIGRATION_LOCK]);
    if (rows[0].acquired) return;
    await sleep(LOCK_POLL_MS);
  }
}

/** On one connection, whose timeouts are lifted: a migration may take as long as it takes. */
async function runMigrations(options: MigrationOptions): Promise<string[]> {
  const dataSource = createDataSource({ ...options, poolSize: 1 });
  dataSource.setOptions({ extra: { keepAlive: true, idleTimeoutMillis: 0 } });
  await dataSource.initialize();
  try {
    await dataSource.query('SET statement_timeout = 0');
    await dataSource.query('SET idle_in_transaction_session_timeout = 0');
    const migrations = await dataSource.runMigrations();
    return migrations.map(({ name }) => name);
  } finally {
    await dataSource.destroy();
  }
}
