import { Logger, Module, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { DtpConfig, TypeOrmSql } from '@taskpilot/platform';
import { MeteredTaskQueue } from '../metrics/metered-task-queue.ts';
import { QueueCounters } from '../metrics/queue-counters.ts';
import { PostgresHints } from './postgres-hints.ts';
import { QueueHints, TaskQueue } from './task-queue.ts';
import { PostgresQueueVacuum } from './vacuum/postgres-queue-vacuum.ts';
import { QueueVacuum } from './vacuum/queue-vacuum.port.ts';

@Module({
  providers: [
    QueueCounters,
    {
      provide: PostgresHints,
      useFactory: (sql: TypeOrmSql, config: DtpConfig) =>
        new PostgresHints(sql, config.databaseDirectUrl, new Logger(PostgresHints.name)),
      inject: [TypeOrmSql, DtpConfig],
    },
    {
      provide: TaskQueue,
      useFactory: (sql: TypeOrmSql, hints: PostgresHints, counters: QueueCounters) =>
        new MeteredTaskQueue(sql, hints, counters),
      inject: [TypeOrmSql, PostgresHints, QueueCounters],
    },
    {
      provide: QueueVacuum,
      useFactory: (sql: TypeOrmSql, { databaseDirectUrl }: DtpConfig) =>
        new PostgresQueueVacuum(sql, databaseDirectUrl),
      inject: [TypeOrmSql, DtpConfig],
    },
    { provide: QueueHints, useExisting: PostgresHints },
  ],
  exports: [TaskQueue, QueueHints, QueueVacuum],
})
export class QueueModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(private readonly hints: PostgresHints) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.hints.listen();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.hints.close();
  }
}
