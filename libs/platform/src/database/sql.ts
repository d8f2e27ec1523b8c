import type { DataSource, QueryRunner } from 'typeorm';

/** Runs one parameterised statement and answers its rows. A pool serves as one, and so does a single connection. */
export interface Sql {
  query<Row>(statement: string, parameters: readonly unknown[]): Promise<Row[]>;
}

/** SQLSTATEs of a statement that lost to another one and changed nothing: it may simply be run again. */
const LOST_TO_ANOTHER: ReadonlySet<unknown> = new Set(['40P01', '40001']);
const TRIES = 4;

/**
 * Statements over a TypeORM DataSource, each on whichever connection is free. Those that PostgreSQL ended as deadlock
 * victims, or for serialization, are repeated: each is atomic, so that is safe.
 */
export class TypeOrmSql implements Sql {
  constructor(private readonly source: Pick<DataSource, 'query'> | Pick<QueryRunner, 'query'>) {}

  async query<Row>(statement: string, parameters: readonly unknown[]): Promise<Row[]> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.run<Row>(statement, parameters);
      } catch (error) {
        if (tries >= TRIES || !isLostToAnother(error)) throw error;
      }
    }
  }

  protected async run<Row>(statement: string, parameters: readonly unknown[]): Promise<Row[]> {
    return rowsOf<Row>(await this.source.query(statement, [...parameters]));
  }
}

const isLostToAnother = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && LOST_TO_ANOTHER.has(error.code);

/** TypeORM answers `[rows, count]` for an UPDATE or DELETE, and plain rows for all else. */
function rowsOf<Row>(answer: unknown): Row[] {
  const [first] = answer as unknown[];
  return (Array.isArray(first) ? first : answer) as Row[];
}
