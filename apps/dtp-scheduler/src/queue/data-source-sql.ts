import type { DataSource } from 'typeorm';
import type { Sql } from './sql.ts';

/** Statements over the pool of a TypeORM DataSource, each on whichever connection is free. */
export class DataSourceSql implements Sql {
  constructor(private readonly dataSource: DataSource) {}

  query<Row>(statement: string, parameters: readonly unknown[]): Promise<Row[]> {
    return this.dataSource.query<Row[]>(statement, [...parameters]);
  }
}
