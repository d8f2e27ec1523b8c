import 'reflect-metadata';
import { loadDtpConfig, runMigration } from '@taskpilot/platform';
import { DTP } from './data-source.ts';

await runMigration('dtp', () => ({
  ...DTP,
  url: loadDtpConfig().databaseDirectUrl,
  applicationName: 'dtp-migrate',
}));
