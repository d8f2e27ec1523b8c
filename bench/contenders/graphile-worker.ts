import { expectCount, expectEqual } from '../support/expect-count.ts';
import type { Contender } from './contender.ts';
import { peer } from './peer.ts';

export const GRAPHILE_WORKER = 'graphile-worker.js';

/** With the settings of its documentation's performance page. A finished job is deleted. */
export const graphileWorker: Contender = {
  ...peer(GRAPHILE_WORKER),
  name: 'graphile-worker',
  gate: 'graphile_worker._private_jobs',
  claimers: 1,
  waiting: 'SELECT FROM graphile_worker._private_jobs ORDER BY id DESC LIMIT 1',
  unrecorded: 'SELECT FROM graphile_worker._private_jobs LIMIT 1',
  async verify(database, { tasks, handled }) {
    expectEqual('jobs handled by graphile-worker', handled, tasks);
    await expectCount(database, 'jobs left', 'SELECT count(*) FROM graphile_worker._private_jobs', 0);
  },
};
