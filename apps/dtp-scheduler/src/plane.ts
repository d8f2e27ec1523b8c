import 'reflect-metadata';
import { loadDtpConfig, runPlane } from '@taskpilot/platform';
import { DTP_APP } from './app-options.ts';
import { DtpSchedulerModule } from './dtp-scheduler.module.ts';

await runPlane({
  name: 'dtp-scheduler',
  config: loadDtpConfig,
  module: (config) => DtpSchedulerModule.forConfig(config),
  app: DTP_APP,
});
