import { Client } from 'pg';
import { startPlane } from '../../test/support/processes.ts';
import { graphileWorker } from '../contenders/graphile-worker.ts';
import { pgBoss } from '../contenders/pg-boss.ts';
import type { Bench, BenchCase } from '../support/bench-case.ts';
import { expectCount } from '../support/expect-count.ts';
import { drive } from '../support/load.ts';
import type { Side } from '../support/samples.ts';
import { runScript } from '../support/script.ts';

const BATCH = 1_000;
const CONNECTIONS = 4;
/** Batches that are sent before the clock runs: node has compiled nothing of the route yet. */
const WARM_UP = 20;

/** 1,000 tasks a request over HTTP, against what the peers take in process, 1,000 jobs a call, as many calls at once. */
export const batch: BenchCase = {
  id: 'batch',
  title: () => `batch create, ${BATCH} tasks a call, ${CONNECTIONS} connections`,
  sides: (bench) => [ours(bench), inProcess(bench, graphileWorker), inProcess(bench, pgBoss)],
};

const ours = ({ templates, taskpilot, options }: Bench): Side => ({
  contender: 'taskpilot',
  async measure() {
    const database = await templates.copy(taskpilot);
    const requests = Math.ceil(options.tasks / BATCH);
    const dtp = await startPlane('dtp', {
      DTP_DB_URL: database.url,
      DTP_DB_PREPARE: '1',
      DTP_ROLE: 'api',
      ...options.set,
    });
    try {
      const url = `${dtp.url}/tasks/batch`;
      const load = { kind: 'batch', batch: BATCH, url, connections: CONNECTIONS, requests, warmUp: WARM_UP } as const;
      const { metrics } = await drive(load);
      const client = new Client(database.url);
      await client.connect();
      const created = (requests + WARM_UP) * BATCH;
      await expectCount(client, 'tasks', 'SELECT count(*) FROM scheduler_task', created);
      await expectCount(client, 'ready tasks', 'SELECT count(*) FROM ready', created);
      await client.end();
      return { ...metrics, rate: (metrics.rate ?? Number.NaN) * BATCH };
    } finally {
      await dtp.stop();
      await database.drop();
    }
  },
});

const inProcess = ({ templates, options }: Bench, peer: typeof graphileWorker): Side => ({
  contender: `${peer.name}, in process`,
  async measure() {
    const database = await templates.copy(peer);
    const calls = Math.ceil(options.tasks / BATCH);
    const answer = await runScript(`${peer.name}.js`, 'bulk', database.url, CONNECTIONS, calls, WARM_UP, BATCH);
    await database.drop();
    return answer as { rate: number };
  },
});
