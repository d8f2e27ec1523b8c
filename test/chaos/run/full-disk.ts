import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster } from '../cluster/cluster.ts';

const FULL_MS = 20_000;
const NEEDS_ROOM = "CREATE TABLE chaos_ballast AS SELECT repeat('x', 1000) FROM generate_series(1, 5000)";

/**
 * No byte is free for a while: what grows a table is refused.
 * @param log whether PostgreSQL is to write log until it finds no room for that either, and dies
 * @returns what became of PostgreSQL
 */
export async function fillDisk({ store, disk }: Cluster, log: boolean): Promise<string> {
  if (!disk) throw new Error('There is no disk to be filled: the scenario has to ask for one.');
  disk.fill();
  try {
    const refusal = await store.query('dtp', NEEDS_ROOM).then(
      () => null,
      (error: { readonly code?: string }) => error.code,
    );
    if (refusal === null) throw new Error('The disk was to be full, and PostgreSQL found room.');
    await delay(FULL_MS / 2);
    if (log) await store.exhaustLog();
    await delay(FULL_MS / 2);
    return `full (${refusal}), postgres`;
  } finally {
    disk.free();
  }
}
