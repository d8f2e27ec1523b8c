import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type PlaneProcess, startPlane } from '../../test/support/processes.ts';
import { built } from '../../tools/build.ts';
import { EmbeddedPostgres } from '../../tools/embedded-postgres/embedded-postgres.ts';

export interface Planes {
  readonly postgres: EmbeddedPostgres;
  readonly api: PlaneProcess;
  readonly dtp: PlaneProcess;
  stop(): Promise<void>;
}

/** Both planes as real processes, as `npm start` runs them, on a PostgreSQL of their own that is gone afterwards. */
export async function startPlanes(env: Readonly<Record<string, string>> = {}): Promise<Planes> {
  const folder = mkdtempSync(join(tmpdir(), 'taskpilot-bench-'));
  const postgres = await EmbeddedPostgres.start({ folder, temporary: true });
  const started: PlaneProcess[] = [];
  const stop = async () => {
    for (const plane of started.reverse()) await plane.stop();
    await postgres.stop();
  };
  try {
    const databases = { WEBDB_URL: postgres.url('webdb'), DTP_DB_URL: postgres.url('dtp') };
    for (const [app, database] of [
      ['taskpilot-api', 'webdb'],
      ['dtp-scheduler', 'dtp'],
    ] as const) {
      await postgres.createDatabase(database);
      execFileSync(process.execPath, [built(app, 'database/migrate')], { env: { ...process.env, ...databases } });
    }
    const dtp = await startPlane('dtp', { ...databases, LOG_LEVEL: 'warn', ...env });
    started.push(dtp);
    const api = await startPlane('api', { ...databases, DTP_URL: dtp.url, LOG_LEVEL: 'warn', ...env });
    started.push(api);
    return { postgres, api, dtp, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
