/** Runs one parameterised statement. The pool, a single connection and the tests all serve as one. */
export interface Sql {
  query<Row>(statement: string, parameters: readonly unknown[]): Promise<Row[]>;
}

/** SQLSTATEs of a statement that lost to another one and changed nothing: it may simply be run again. */
const LOST_TO_ANOTHER: ReadonlySet<string> = new Set(['40P01', '40001']);
const TRIES = 4;

export const sqlState = (error: unknown): string | undefined =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;

/** Repeats statements that PostgreSQL ended as deadlock victims or for serialization. Each is atomic, so that is safe. */
export class RetryingSql implements Sql {
  constructor(private readonly inner: Sql) {}

  async query<Row>(statement: string, parameters: readonly unknown[]): Promise<Row[]> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.inner.query<Row>(statement, parameters);
      } catch (error) {
        if (tries >= TRIES || !LOST_TO_ANOTHER.has(sqlState(error) ?? '')) throw error;
      }
    }
  }
}
