import type { Client } from 'pg';

/** @throws Error that names both numbers. A benchmark that lost a task has measured nothing. */
export function expectEqual(what: string, actual: number, expected: number): void {
  if (actual !== expected) throw new Error(`Expected ${expected} ${what}, found ${actual}.`);
}

/** @param statement answers one row with `count` */
export async function expectCount(database: Client, what: string, statement: string, expected: number): Promise<void> {
  const { rows } = await database.query<{ count: string }>(statement);
  expectEqual(what, Number(rows[0]?.count), expected);
}
