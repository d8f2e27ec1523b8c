import type { DataSource, QueryRunner } from 'typeorm';

/** Where a statement runs: the pool, or, in tests, one connection. */
export type Sql = Pick<DataSource, 'query'> | Pick<QueryRunner, 'query'>;

/** The rows of a raw statement. TypeORM answers `[rows, count]` for an UPDATE and plain rows for all else. */
export async function rowsOf<Row>(sql: Sql, statement: string, parameters: readonly unknown[]): Promise<Row[]> {
  const answer: unknown = await sql.query(statement, [...parameters]);
  const [first] = answer as unknown[];
  return (Array.isArray(first) ? first : answer) as Row[];
}
