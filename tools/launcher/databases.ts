import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Client } from 'pg';
import { type LauncherConfig, withoutPassword } from '../../libs/platform/src/config/index.ts';
import { built } from '../build.ts';
import type { EmbeddedPostgres } from '../embedded-postgres/embedded-postgres.ts';
import { StartError } from '../start-error.ts';

/** What tells each plane where its database is. */
export interface DatabaseVariables {
  readonly WEBDB_URL: string;
  readonly DTP_DB_URL: string;
  readonly WEBDB_DIRECT_URL?: string;
  readonly DTP_DB_DIRECT_URL?: string;
  readonly WEBDB_PREPARE?: string;
  readonly DTP_DB_PREPARE?: string;
}

/** @throws StartError when a database that we were given cannot be reached */
export async function checkGivenDatabases({ webdbUrl, dtpDbUrl }: LauncherConfig): Promise<void> {
  if (webdbUrl) await reach('WEBDB_URL', webdbUrl);
  if (dtpDbUrl) await reach('DTP_DB_URL', dtpDbUrl);
}

/**
 * The database of each plane: the one that it was given, else one in our own PostgreSQL, created if need be. Before that
 * one there is no pooler, so statements are prepared unless `env` says otherwise.
 */
export async function findDatabases(
  config: LauncherConfig,
  own: EmbeddedPostgres | null,
  env: NodeJS.ProcessEnv,
): Promise<DatabaseVariables> {
  const { webdbUrl, dtpDbUrl } = config;
  if (!own) return { WEBDB_URL: webdbUrl ?? '', DTP_DB_URL: dtpDbUrl ?? '' };
  if (!webdbUrl) await own.createDatabase('webdb');
  if (!dtpDbUrl) await own.createDatabase('dtp');
  return {
    ...(webdbUrl
      ? { WEBDB_URL: webdbUrl }
      : { WEBDB_URL: own.url('webdb'), WEBDB_DIRECT_URL: '', WEBDB_PREPARE: env.WEBDB_PREPARE || '1' }),
    ...(dtpDbUrl
      ? { DTP_DB_URL: dtpDbUrl }
      : { DTP_DB_URL: own.url('dtp'), DTP_DB_DIRECT_URL: '', DTP_DB_PREPARE: env.DTP_DB_PREPARE || '1' }),
  };
}

async function reach(variable: string, url: string): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => {});
  try {
    await client.connect();
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException;
    throw new StartError(`${variable}: cannot connect to ${withoutPassword(url)}: ${message || code}.`);
  } finally {
    await client.end().catch(() => {});
  }
}

/** Brings the database of an app up to date. @throws StartError after showing what went wrong */
export async function migrate(app: string, env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<void> {
  const child = spawn(process.execPath, [built(app, 'database/migrate')], {
    env,
    signal,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let words = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (words += String(chunk)));
  const [code] = await once(child, 'close');
  if (code === 0) return;
  console.error(words.trim());
  throw new StartError(`The migration of the database of ${app} failed: its messages stand above.`);
}
