import { createDataSource, type DatabaseOptions, type DtpConfig } from '@taskpilot/platform';
import type { DataSource } from 'typeorm';
import { Attempt } from './entities/attempt.entity.ts';
import { Instance } from './entities/instance.entity.ts';
import { SchedulerTask } from './entities/scheduler-task.entity.ts';
import { CreateQueue1795392000000 } from './migrations/1795392000000-create-queue.ts';

/** What makes a database dtp. */
export const DTP = {
  entities: [SchedulerTask, Attempt, Instance],
  migrations: [CreateQueue1795392000000],
} as const satisfies Partial<DatabaseOptions>;

/** The pool of the execution plane, not connected yet. */
export function createDtpDataSource(
  config: Pick<DtpConfig, 'databaseUrl' | 'poolSize'> & { prepare?: boolean },
): DataSource {
  return createDataSource({
    ...DTP,
    url: config.databaseUrl,
    poolSize: config.poolSize,
    prepare: config.prepare ?? false,
    applicationName: 'dtp-scheduler',
  });
}
