import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster } from '../cluster/cluster.ts';

const UNENDED = `SELECT count(*)::integer AS count FROM scheduler_task WHERE finished_at IS NULL`;
const UNBOUND = `SELECT count(*)::integer AS count FROM web_task WHERE status = 'BINDING'`;
const EVERY_MS = 250;

/** Waits until every task has ended and every binding is done. Resolves to whether that was so within the bound. */
export async function quiesce({ store }: Cluster, boundMs: number): Promise<boolean> {
  const deadline = performance.now() + boundMs;
  for (;;) {
    const unbound = await store.query<{ count: number }>('webdb', UNBOUND);
    const unended = await store.query<{ count: number }>('dtp', UNENDED);
    if (unbound[0]?.count === 0 && unended[0]?.count === 0) return true;
    if (performance.now() > deadline) return false;
    await delay(EVERY_MS);
  }
}
