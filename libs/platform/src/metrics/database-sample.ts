import { Logger } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { patiently } from '../context/request-context.ts';
import { type Sql, TypeOrmSql } from '../database/sql.ts';
import { within } from '../timing/within.ts';

/** Scrapers come every few seconds, and from several places. */
const FRESH_MS = 3_000;
/** A scrape that waits for a database that is away must still end in time to say so. */
const TIMEOUT_MS = 800;

/**
 * What the database is asked for a scrape: at most one reading at a time, bounded on both sides, kept for a moment and
 * shared by all who ask meanwhile.
 */
export class DatabaseSample<Sample> {
  private readonly logger = new Logger('Metrics');
  private reading: Promise<Sample | null> | null = null;
  private last: { readonly sample: Sample; readonly takenAt: number } | null = null;
  private isFailing = false;

  constructor(
    private readonly dataSource: Pick<DataSource, 'transaction'>,
    private readonly read: (sql: Sql) => Promise<Sample>,
  ) {}

  /** `null` when the database does not answer in time. Never rejects. */
  async take(): Promise<Sample | null> {
    if (this.last && performance.now() - this.last.takenAt < FRESH_MS) return this.last.sample;
    this.reading ??= patiently(() => this.readOnce()).finally(() => {
      this.reading = null;
    });
    return within(TIMEOUT_MS, this.reading);
  }

  private async readOnce(): Promise<Sample | null> {
    try {
      const sample = await this.readBounded();
      this.last = { sample, takenAt: performance.now() };
      this.isFailing = false;
      return sample;
    } catch (error) {
      if (!this.isFailing) this.logger.warn(`The database's figures cannot be read: ${error}`);
      this.isFailing = true;
      return null;
    }
  }

  /** In a transaction, which is what bounds the setting: a plain SET would leak through a pooler. */
  private readBounded(): Promise<Sample> {
    return this.dataSource.transaction(async ({ queryRunner }) => {
      if (!queryRunner) throw new Error('a transaction without a connection');
      await queryRunner.query(`SET LOCAL statement_timeout = ${TIMEOUT_MS}`);
      return this.read(new TypeOrmSql(queryRunner));
    });
  }
}
