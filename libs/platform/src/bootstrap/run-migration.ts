import { type MigrationOptions, migrate } from '../database/migrate.ts';
import { explainStartFailure } from './explain-start-failure.ts';

/** The whole of a migrate.ts: brings one database up to date, says what it did, and sets the exit code. Never rejects. */
export async function runMigration(name: string, options: () => MigrationOptions): Promise<void> {
  try {
    const ran = await migrate(options());
    process.stdout.write(`${name}: ${ran.length === 0 ? 'up to date' : `ran ${ran.join(', ')}`}\n`);
  } catch (error) {
    const explanation = explainStartFailure(error);
    process.stderr.write(`${name}: ${explanation ?? (error instanceof Error ? error.stack : error)}\n`);
    process.exitCode = 1;
  }
}
