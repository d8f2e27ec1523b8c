import { Global, Module, type OnApplicationShutdown } from '@nestjs/common';
import { assertDurability, TaskPilotConfig } from '@taskpilot/platform';
import { DataSource } from 'typeorm';
import { createWebdbDataSource } from './data-source.ts';

/** Connects to webdb at the start, refusing one that loses commits, and lets go of it at the very end. */
@Global()
@Module({
  providers: [
    {
      provide: DataSource,
      inject: [TaskPilotConfig],
      useFactory: async (config: TaskPilotConfig): Promise<DataSource> => {
        const dataSource = await createWebdbDataSource(config).initialize();
        await assertDurability(dataSource, { allowUnsafe: config.allowUnsafeDurability });
        return dataSource;
      },
    },
  ],
  exports: [DataSource],
})
export class DatabaseModule implements OnApplicationShutdown {
  constructor(private readonly dataSource: DataSource) {}

  async onApplicationShutdown(): Promise<void> {
    await this.dataSource.destroy();
  }
}
