import { expectCount, expectEqual } from '../support/expect-count.ts';
import type { Contender } from './contender.ts';
import { peer } from './peer.ts';

export const PG_BOSS = 'pg-boss.js';

/** Batches of 1,000, two workers a process, fetching on as long as batches are full. A finished job is kept. */
export const pgBoss: Contender = {
  ...peer(PG_BOSS),
  name: 'pg-boss',
  gate: 'pgboss.job',
  claimers: 2,
  waiting: `
    SELECT FROM pgboss.job_common WHERE name = 'noop' AND state < 'active' AND NOT blocked
    ORDER BY priority, created_on DESC, start_after DESC LIMIT 1`,
  unrecorded: `SELECT FROM pgboss.job_common WHERE name = 'noop' AND state IN ('created', 'retry', 'active', 'failed') LIMIT 1`,
  async verify(database, { tasks, finishedBefore, handled }) {
    expectEqual('jobs handled by pg-boss', handled, tasks);
    const completed = `SELECT count(*) FROM pgboss.job_common WHERE name = 'noop' AND state = 'completed'`;
    await expectCount(database, 'completed jobs', completed, tasks + finishedBefore);
  },
};
