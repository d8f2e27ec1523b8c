import { type DynamicModule, Global, Module, type OnApplicationShutdown } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { assertDurability } from './assert-durability.ts';
import { PreparedSql } from './prepared-sql.ts';
import { TypeOrmSql } from './sql.ts';

interface DatabaseConfig {
  readonly allowUnsafeDurability: boolean;
  readonly prepare: boolean;
}

/** The one database of a plane: connected before anything else starts, let go of after everything has stopped. */
@Global()
@Module({})
export class DatabaseModule implements OnApplicationShutdown {
  /** @param dataSource not connected yet. Refuses to start on a server that can lose commits, unless that is allowed. */
  static connect(dataSource: DataSource, config: DatabaseConfig): DynamicModule {
    const connect = async () => {
      await dataSource.initialize();
      await assertDurability(dataSource, { allowUnsafe: config.allowUnsafeDurability });
      return dataSource;
    };
    return {
      module: DatabaseModule,
      providers: [
        { provide: DataSource, useFactory: connect },
        {
          provide: TypeOrmSql,
          useFactory: (connected: DataSource) =>
            config.prepare ? new PreparedSql(connected) : new TypeOrmSql(connected),
          inject: [DataSource],
        },
      ],
      exports: [DataSource, TypeOrmSql],
    };
  }

  constructor(private readonly dataSource: DataSource) {}

  async onApplicationShutdown(): Promise<void> {
    await this.dataSource.destroy();
  }
}
