import { execFileSync } from 'node:child_process';
import { type PlaneProcess, startPlane } from '../../test/support/processes.ts';
import { built } from '../../tools/build.ts';
import type { Database, Server } from './server.ts';

export interface Planes {
  readonly api: PlaneProcess;
  readonly dtp: PlaneProcess;
  readonly dtpDatabase: Database;
  /** Ends both, and drops their databases. */
  stop(): Promise<void>;
}

/** Both planes as real processes, as `npm start` runs them, on databases of their own. */
export async function startPlanes(server: Server, env: Readonly<Record<string, string>> = {}): Promise<Planes> {
  const endings: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    for (const end of endings.reverse()) await end();
  };
  const prepare = async (app: string, variable: string) => {
    const database = await server.createDatabase();
    endings.push(() => database.drop());
    migrate(app, { [variable]: database.url });
    return database;
  };
  const start = async (plane: 'api' | 'dtp', settings: Record<string, string>) => {
    const started = await startPlane(plane, { ...settings, LOG_LEVEL: 'warn', ...env });
    endings.push(() => started.stop());
    return started;
  };
  try {
    const webDatabase = await prepare('taskpilot-api', 'WEBDB_URL');
    const dtpDatabase = await prepare('dtp-scheduler', 'DTP_DB_URL');
    const dtp = await start('dtp', { DTP_DB_URL: dtpDatabase.url, DTP_DB_PREPARE: '1' });
    const api = await start('api', { WEBDB_URL: webDatabase.url, WEBDB_PREPARE: '1', DTP_URL: dtp.url });
    return { api, dtp, dtpDatabase, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Brings the database of a built app up to date. */
export function migrate(app: string, env: Readonly<Record<string, string>>): void {
  execFileSync(process.execPath, [built(app, 'database/migrate')], { env: { PATH: process.env.PATH, ...env } });
}
