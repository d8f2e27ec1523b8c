import type { DataSource } from 'typeorm';

const UNDEFINED_TABLE = '42P01';
const DEFAULT_TABLE = 'migrations';

/** The names of the migrations that this code knows and the database has not run, in their order. */
export async function pendingMigrations(dataSource: DataSource): Promise<string[]> {
  const done = new Set(await migrationsDone(dataSource));
  return dataSource.migrations
    .map((migration) => migration.name ?? migration.constructor.name)
    .filter((name) => !done.has(name));
}

async function migrationsDone(dataSource: DataSource): Promise<string[]> {
  const table = dataSource.driver.escape(dataSource.options.migrationsTableName ?? DEFAULT_TABLE);
  try {
    const rows: { name: string }[] = await dataSource.query(`SELECT name FROM ${table}`);
    return rows.map(({ name }) => name);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === UNDEFINED_TABLE) return [];
    throw error;
  }
}
