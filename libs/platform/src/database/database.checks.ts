import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { patiently } from '../context/request-context.ts';
import { ReadinessCheck } from '../health/readiness-check.ts';
import { pendingMigrations } from './pending-migrations.ts';

@Injectable()
export class DatabaseCheck extends ReadinessCheck {
  readonly name = 'database';

  constructor(private readonly dataSource: DataSource) {
    super();
  }

  async check(): Promise<void> {
    // One that is busy is not away: to be sent nothing more, this process would only burden the others.
    await patiently(() => this.dataSource.query('SELECT 1'));
  }
}

@Injectable()
export class MigrationsCheck extends ReadinessCheck {
  readonly name = 'migrations';
  private areDone = false;

  constructor(private readonly dataSource: DataSource) {
    super();
  }

  /** A migration that has run stays run: once all have, the database is not asked again. */
  async check(): Promise<void> {
    if (this.areDone) return;
    const pending = await patiently(() => pendingMigrations(this.dataSource));
    if (pending.length > 0) throw new Error(`not yet run: ${pending.join(', ')}`);
    this.areDone = true;
  }
}
