import type { Client } from 'pg';
import type { DataSource } from 'typeorm';
import { TypeOrmSql } from './sql.ts';

/** A filter that may be absent: only a plan for its value can use an index where it is there. */
const IS_PLANNED_EACH_TIME = /\$\d+(::\w+)? IS NULL OR /;

/**
 * Statements that each connection parses and plans once, which for small batches is half of their work. Not for a
 * pooler that hands on connections between transactions: it knows nothing of what was prepared. The data source has to
 * plan for that (`prepare`).
 */
export class PreparedSql extends TypeOrmSql {
  private readonly names = new Map<string, string | null>();

  constructor(private readonly pool: DataSource) {
    super(pool);
  }

  protected override async run<Row>(statement: string, parameters: readonly unknown[]): Promise<Row[]> {
    const name = this.nameOf(statement);
    if (name === null) return super.run(statement, parameters);
    const runner = this.pool.createQueryRunner();
    try {
      const client: Client = await runner.connect();
      const { rows } = await client.query({ name, text: statement, values: [...parameters] });
      return rows as Row[];
    } finally {
      await runner.release();
    }
  }

  private nameOf(statement: string): string | null {
    let name = this.names.get(statement);
    if (name === undefined) {
      name = IS_PLANNED_EACH_TIME.test(statement) ? null : `statement_${this.names.size}`;
      this.names.set(statement, name);
    }
    return name;
  }
}
