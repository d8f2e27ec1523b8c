import { createDataSource, type DatabaseOptions, type TaskPilotConfig } from '@taskpilot/platform';
import type { DataSource } from 'typeorm';
import { DtpInstanceRecord } from './entities/dtp-instance.entity.ts';
import { IdempotencyKey } from './entities/idempotency-key.entity.ts';
import { WebTask } from './entities/web-task.entity.ts';
import { CreateWebTask1795392000000 } from './migrations/1795392000000-create-web-task.ts';

/** What makes a database webdb. */
export const WEBDB = {
  entities: [WebTask, IdempotencyKey, DtpInstanceRecord],
  migrations: [CreateWebTask1795392000000],
} as const satisfies Partial<DatabaseOptions>;

/** The pool of the control plane, not connected yet. */
export function createWebdbDataSource(
  config: Pick<TaskPilotConfig, 'databaseUrl' | 'poolSize'> & { prepare?: boolean },
): DataSource {
  return createDataSource({
    ...WEBDB,
    url: config.databaseUrl,
    poolSize: config.poolSize,
    prepare: config.prepare ?? false,
    applicationName: 'taskpilot-api',
  });
}
