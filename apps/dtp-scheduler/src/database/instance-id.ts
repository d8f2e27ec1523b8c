import type { FactoryProvider } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Instance } from './entities/instance.entity.ts';

/** The id of this plane's database, for whoever must not mistake it for another. */
export class InstanceId {
  constructor(readonly id: string) {}
}

export const instanceIdProvider: FactoryProvider<InstanceId> = {
  provide: InstanceId,
  useFactory: async (dataSource: DataSource) => {
    const { id } = await dataSource.getRepository(Instance).findOneByOrFail({ singleton: true });
    return new InstanceId(id);
  },
  inject: [DataSource],
};
