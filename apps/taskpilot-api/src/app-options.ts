import type { AppOptions } from '@taskpilot/platform';

/** How the control plane presents itself; shared by main.ts and the tests. */
export const APP_OPTIONS: AppOptions = {
  title: 'TaskPilot',
  description:
    'The control plane. Create a task (`POST /api/tasks`), bind it (`POST /api/tasks/{id}/scheduler`), watch it run ' +
    '(`GET /api/tasks/{id}/execution`), cancel it (`PUT /api/tasks/{id}/execution/cancel`). TaskPilot keeps the intent; ' +
    'DTP executes it, at least once, and alone decides what can still be cancelled.',
  version: '0.1.0',
  prefix: 'api',
};
