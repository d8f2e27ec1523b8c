import { randomUUID } from 'node:crypto';
import { migrate } from '@taskpilot/platform';
import { Client } from 'pg';
import { DTP } from '../../apps/dtp-scheduler/src/database/data-source.ts';
import { WEBDB } from '../../apps/taskpilot-api/src/database/data-source.ts';

export interface TestDatabase {
  readonly name: string;
  /** Of the superuser, on the PostgreSQL of this test run. */
  readonly url: string;
  /** Ends its connections and removes it. */
  drop(): Promise<void>;
}

type PlaneDatabase = 'webdb' | 'dtp';

const SCHEMAS = { webdb: WEBDB, dtp: DTP };

/** A fresh database with the plane's schema: a copy of one that was migrated once in this run. */
export async function createTestDatabase(plane: PlaneDatabase): Promise<TestDatabase> {
  await withServer((server) => ensureTemplate(server, plane));
  const database = await create(plane, `TEMPLATE ${templateOf(plane)}`);
  await withServer((server) => copyRoleSettings(server, templateOf(plane), database.name));
  return database;
}

/** A database with nothing in it. */
export const createEmptyDatabase = (): Promise<TestDatabase> => create('empty', '');

async function create(kind: string, options: string): Promise<TestDatabase> {
  const name = `${kind}_${randomUUID().replaceAll('-', '')}`;
  await withServer((server) => server.query(`CREATE DATABASE ${name} ${options}`));
  return {
    name,
    url: urlOf(name),
    drop: () => withServer(async (server) => void (await server.query(`DROP DATABASE ${name} WITH (FORCE)`))),
  };
}

const templateOf = (plane: PlaneDatabase) => `template_${plane}`;

/** Under another name until it is whole. The lock makes parallel test files wait for the one that migrates. */
async function ensureTemplate(server: Client, plane: PlaneDatabase): Promise<void> {
  const template = templateOf(plane);
  await server.query('SELECT pg_advisory_lock(hashtext($1))', [template]);
  const { rowCount } = await server.query('SELECT FROM pg_database WHERE datname = $1', [template]);
  if (rowCount) return;
  const draft = `${template}_draft`;
  await server.query(`DROP DATABASE IF EXISTS ${draft} WITH (FORCE)`);
  await server.query(`CREATE DATABASE ${draft}`);
  await migrate({ ...SCHEMAS[plane], url: urlOf(draft), applicationName: 'test' });
  await server.query(`ALTER DATABASE ${draft} RENAME TO ${template}`);
}

/** The timeouts that a migration gives to the role. PostgreSQL keeps them beside a database, so no copy has them. */
async function copyRoleSettings(server: Client, from: string, to: string): Promise<void> {
  const { rows } = await server.query<{ statement: string }>(
    `SELECT format('ALTER ROLE CURRENT_USER IN DATABASE %I SET %s = %L', $2::text, split_part(setting, '=', 1),
                   substr(setting, strpos(setting, '=') + 1)) AS statement
       FROM pg_db_role_setting, unnest(setconfig) AS setting
      WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = $1)`,
    [from, to],
  );
  for (const { statement } of rows) await server.query(statement);
}

function urlOf(database: string): string {
  const url = new URL(serverUrl());
  url.pathname = database;
  return url.href;
}

function serverUrl(): string {
  const url = process.env.TEST_POSTGRES_URL;
  if (!url) throw new Error('There is no PostgreSQL: a test that needs one stands under test/, not beside the code.');
  return url;
}

async function withServer<T>(use: (server: Client) => Promise<T>): Promise<T> {
  const server = new Client(serverUrl());
  await server.connect();
  try {
    return await use(server);
  } finally {
    await server.end();
  }
}
