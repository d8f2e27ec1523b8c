import { Module, type OnApplicationShutdown } from '@nestjs/common';
import { assertDurability, DtpConfig } from '@taskpilot/platform';
import { DataSource } from 'typeorm';
import { createDtpDataSource } from './data-source.ts';

/** The one DataSource of this plane: connected before anything else starts, closed after everything has stopped. */
@Module({
  providers: [
    {
      provide: DataSource,
      useFactory: async (config: DtpConfig) => {
        const dataSource = await createDtpDataSource(config).initialize();
        await assertDurability(dataSource, { allowUnsafe: config.allowUnsafeDurability });
        return dataSource;
      },
      inject: [DtpConfig],
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
