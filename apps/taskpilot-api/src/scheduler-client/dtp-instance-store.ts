import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { DtpInstanceRecord } from '../database/entities/dtp-instance.entity.ts';

/** Which DTP instance the tasks in `webdb` are bound to. */
@Injectable()
export class DtpInstanceStore {
  constructor(private readonly dataSource: DataSource) {}

  async read(): Promise<string | null> {
    const record = await this.dataSource.getRepository(DtpInstanceRecord).findOneBy({ singleton: true });
    return record?.id ?? null;
  }

  /** Keeps the id unless there is one already: of two replicas that bind at once, the first to commit decides. */
  async pin(id: string): Promise<void> {
    await this.dataSource.createQueryBuilder().insert().into(DtpInstanceRecord).values({ id }).orIgnore().execute();
  }
}
