import { Logger, Module, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { DtpConfig, TypeOrmSql } from '@taskpilot/platform';
import { PostgresHints } from './postgres-hints.ts';
import { PostgresTaskQueue } from './postgres-task-queue.ts';
import { QueueHints, TaskQueue } from './task-queue.ts';

@Module({
  providers: [
    {
      provide: PostgresHints,
      useFactory: (sql: TypeOrmSql, config: DtpConfig) =>
        new PostgresHints(sql, config.databaseDirectUrl, new Logger(PostgresHints.name)),
      inject: [TypeOrmSql, DtpConfig],
    },
    {
      provide: TaskQueue,
      useFactory: (sql: TypeOrmSql, hints: PostgresHints) => new PostgresTaskQueue(sql, hints),
      inject: [TypeOrmSql, PostgresHints],
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
