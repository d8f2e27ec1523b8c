import { Logger } from '@nestjs/common';
import { type Client, escapeIdentifier, escapeLiteral } from 'pg';

/**
 * By role, because a `SET` would leak to whoever gets the pooled connection next. Our statements look rows up by their
 * keys, in tables whose busy part is in memory: at its default of 4, `random_page_cost` makes the planner read whole
 * tables instead, as long as they are small.
 */
const DEFAULTS = {
  statement_timeout: '30s',
  lock_timeout: '10s',
  idle_in_transaction_session_timeout: '30s',
  random_page_cost: '1.1',
} as const;

/** The role may not alter itself, or another process does so this moment. */
const TOLERATED = new Set(['42501', 'XX000']);

/** Gives our role the settings in this database that nobody has set for it there. Takes effect with new sessions. */
export async function setRoleDefaults(client: Client): Promise<void> {
  const { rows } = await client.query<{ database: string; present: string[] | null }>(CURRENT_DEFAULTS);
  const { database = '', present } = rows[0] ?? {};
  for (const [name, value] of Object.entries(DEFAULTS)) {
    if (present?.some((setting) => setting.startsWith(`${name}=`))) continue;
    try {
      await client.query(
        `ALTER ROLE CURRENT_USER IN DATABASE ${escapeIdentifier(database)} SET ${name} = ${escapeLiteral(value)}`,
      );
    } catch (error) {
      if (!(error instanceof Error) || !('code' in error) || !TOLERATED.has(String(error.code))) throw error;
      new Logger('Database').warn(`Could not set ${name} for the role: ${error.message}. Set it by hand.`);
    }
  }
}

const CURRENT_DEFAULTS = `
  SELECT current_database() AS database,
         (SELECT s.setconfig
            FROM pg_db_role_setting s
            JOIN pg_database d ON d.oid = s.setdatabase AND d.datname = current_database()
            JOIN pg_roles r ON r.oid = s.setrole AND r.rolname = current_user) AS present`;
