import 'reflect-metadata';
import { loadTaskPilotConfig, runPlane } from '@taskpilot/platform';
import { APP_OPTIONS } from './app-options.ts';
import { TaskPilotApiModule } from './taskpilot-api.module.ts';

await runPlane({
  name: 'taskpilot-api',
  config: loadTaskPilotConfig,
  module: (config) => TaskPilotApiModule.forConfig(config),
  app: APP_OPTIONS,
});
