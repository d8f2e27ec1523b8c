import type { DataSource } from 'typeorm';
import { ConfigError, loadDtpConfig, loadTaskPilotConfig } from './libs/platform/src/config/index.ts';

/**
 * For TypeORM's command line, which takes a file with exactly one DataSource. `PLANE` says whose:
 *
 *     PLANE=dtp DTP_DB_URL=postgres://… npm run typeorm -- migration:show
 *     PLANE=webdb WEBDB_URL=postgres://… npm run typeorm -- query 'SELECT count(*) FROM web_task'
 *
 * It runs what is built: Node strips types, but does not know the decorators of the entities. Migrations themselves go
 * by `npm run migrate`, which also holds the lock that keeps two from running at once.
 */
export default await dataSource(process.env.PLANE);

type Config = { databaseUrl: string; poolSize: number };

async function dataSource(plane: string | undefined): Promise<DataSource> {
  if (plane === 'dtp') {
    const { createDtpDataSource } = await built<'createDtpDataSource'>('dtp-scheduler');
    const { databaseDirectUrl } = loadDtpConfig();
    return createDtpDataSource({ databaseUrl: databaseDirectUrl, poolSize: 1 });
  }
  if (plane === 'webdb') {
    const { createWebdbDataSource } = await built<'createWebdbDataSource'>('taskpilot-api');
    const { databaseDirectUrl } = loadTaskPilotConfig();
    return createWebdbDataSource({ databaseUrl: databaseDirectUrl, poolSize: 1 });
  }
  throw new ConfigError([`PLANE is ${JSON.stringify(plane ?? '')}: expected webdb or dtp.`]);
}

function built<Factory extends string>(app: string): Promise<Record<Factory, (config: Config) => DataSource>> {
  return import(new URL(`./dist/apps/${app}/src/database/data-source.js`, import.meta.url).href);
}
