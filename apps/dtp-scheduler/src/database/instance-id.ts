import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Instance } from './entities/instance.entity.ts';

/** The id of this plane's database, for whoever must not mistake it for another. */
@Injectable()
export class InstanceId implements OnApplicationBootstrap {
  /** `null` until it has been read: a process may start before its database is migrated, and waits unready. */
  known: string | null = null;

  constructor(private readonly dataSource: DataSource) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.get().catch(() => undefined);
  }

  async get(): Promise<string> {
    if (this.known === null) {
      const { id } = await this.dataSource.getRepository(Instance).findOneByOrFail({ singleton: true });
      this.known = id;
    }
    return this.known;
  }
}
