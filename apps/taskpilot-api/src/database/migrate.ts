import 'reflect-metadata';
import { loadTaskPilotConfig, runMigration } from '@taskpilot/platform';
import { WEBDB } from './data-source.ts';

await runMigration('webdb', () => ({
  ...WEBDB,
  url: loadTaskPilotConfig().databaseDirectUrl,
  applicationName: 'taskpilot-migrate',
}));
