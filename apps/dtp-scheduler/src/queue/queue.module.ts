import { Logger, Module, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { DtpConfig } from '@taskpilot/platform';
import { DataSource } from 'typeorm';
import { DatabaseModule } from '../database/database.module.ts';
import { DataSourceSql } from './data-source-sql.ts';
import { PostgresHints } from './postgres-hints.ts';
import { PostgresTaskQueue } from './postgres-task-queue.ts';
import { RetryingSql } from './sql.ts';
import { QueueHints, TaskQueue } from './task-queue.ts';

@Module({
  imports: [DatabaseModule],
  providers: [
    {
      provide: RetryingSql,
      useFactory: (dataSource: DataSource) => new RetryingSql(new DataSourceSql(dataSource)),
      inject: [DataSource],
    },
    {
      provide: PostgresHints,
      useFactory: (sql: RetryingSql, config: DtpConfig) =>
        new PostgresHints(sql, config.databaseDirectUrl, new Logger(PostgresHints.name)),
      inject: [RetryingSql, DtpConfig],
    },
    {
      provide: TaskQueue,
      useFactory: (sql: RetryingSql, hints: PostgresHints) => new PostgresTaskQueue(sql, hints),
      inject: [RetryingSql, PostgresHints],
    },
    { provide: QueueHints, useExisting: PostgresHints },
  ],
  exports: [TaskQueue, QueueHints],
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
