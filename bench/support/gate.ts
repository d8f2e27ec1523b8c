import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';

const PATIENCE_MS = 60_000;

/**
 * Holds workers back at the table that they claim from, so that booting is not measured, and several processes begin
 * at one moment.
 */
export async function closeGate(url: string, table: string) {
  const client = new Client(url);
  await client.connect();
  await client.query('BEGIN');
  await client.query('SET LOCAL idle_in_transaction_session_timeout = 0');
  await client.query(`LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
  return {
    client,
    /** Resolves when so many claims wait at it. */
    async untilCrowded(claims: number): Promise<void> {
      const deadline = Date.now() + PATIENCE_MS;
      for (;;) {
        const { rows } = await client.query<{ waiting: number }>(
          `SELECT count(DISTINCT pid)::integer AS waiting FROM pg_locks
           WHERE NOT granted AND locktype = 'relation'
             AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
        );
        if ((rows[0]?.waiting ?? 0) >= claims) return;
        if (Date.now() > deadline) throw new Error(`${claims} claims were expected at ${table}; there are fewer.`);
        await delay(10);
      }
    },
    async open(): Promise<void> {
      await client.query('COMMIT');
    },
  };
}
