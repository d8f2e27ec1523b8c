import type { AppOptions } from '@taskpilot/platform';

/** How this plane presents itself; the same for main.ts, the tests and the stored OpenAPI document. */
export const DTP_APP: AppOptions = {
  title: 'DTP scheduler',
  description:
    'The execution plane: it queues tasks, runs them, retries them, and alone decides what can still be cancelled. ' +
    'Execution is at-least-once; the recorded result is that of the current attempt.',
  version: '0.1.0',
};
