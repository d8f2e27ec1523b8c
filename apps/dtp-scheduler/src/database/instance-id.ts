import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { DataSource } from 'typeorm';
import { Instance } from './entities/instance.entity.ts';

const LOOK_EVERY_MS = 5_000;

/** The id of this plane's database, for whoever must not mistake it for another. */
@Injectable()
export class InstanceId implements OnApplicationBootstrap {
  /** `null` until it has been read: a process may start before its database is migrated, and waits unready. */
  known: string | null = null;

  private isLooking = false;

  constructor(private readonly dataSource: DataSource) {}

  onApplicationBootstrap(): Promise<void> {
    return this.look();
  }

  /** An address may come to lead to another database while the process runs. */
  @Interval('look at the instance', LOOK_EVERY_MS)
  async look(): Promise<void> {
    if (this.isLooking) return;
    this.isLooking = true;
    // No answer is no news.
    await this.read().catch(() => undefined);
    this.isLooking = false;
  }

  async get(): Promise<string> {
    return this.known ?? this.read();
  }

  private async read(): Promise<string> {
    const { id } = await this.dataSource.getRepository(Instance).findOneByOrFail({ singleton: true });
    this.known = id;
    return id;
  }
}
