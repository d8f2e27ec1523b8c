import { Client } from 'pg';
import { startPlane } from '../../test/support/processes.ts';
import { graphileWorker } from '../contenders/graphile-worker.ts';
import { pgBoss } from '../contenders/pg-boss.ts';
import type { Bench, BenchCase } from '../support/bench-case.ts';
import { expectCount } from '../support/expect-count.ts';
import { drive } from '../support/load.ts';
import type { Side } from '../support/samples.ts';
import { runScript, startScript } from '../support/script.ts';

const MOST_REQUESTS = 20_000;
const MOST_REQUESTS_ALONE = 3_000;
const MOST_JOBS = 6_000;
/** Until node has compiled what is run often. */
const WARM_UP = 20_000;
const JOBS_WARM_UP = 2_000;

/**
 * One task a request over HTTP, against what the peers take in process from 16 producers, and against the barest
 * route that does a durable insert on the same framework.
 */
export const post = (connections: number): BenchCase => ({
  id: `post-${connections}`,
  title: () => `POST /tasks one by one, ${connections} connection${connections === 1 ? '' : 's'}`,
  sides: (bench) => [
    ours(bench, connections),
    bare(bench, connections),
    inProcess(bench, graphileWorker),
    inProcess(bench, pgBoss),
  ],
});

const sizes = (tasks: number, connections: number) => {
  const requests = Math.min(tasks, connections === 1 ? MOST_REQUESTS_ALONE : MOST_REQUESTS);
  return { requests, warmUp: connections === 1 ? requests : Math.min(WARM_UP, tasks) };
};

const ours = ({ templates, taskpilot, options }: Bench, connections: number): Side => ({
  contender: 'taskpilot',
  async measure() {
    const database = await templates.copy(taskpilot);
    const { requests, warmUp } = sizes(options.tasks, connections);
    const dtp = await startPlane('dtp', {
      DTP_DB_URL: database.url,
      DTP_DB_PREPARE: '1',
      DTP_ROLE: 'api',
      ...options.set,
    });
    try {
      const { metrics } = await drive({ kind: 'post', url: `${dtp.url}/tasks`, connections, requests, warmUp });
      const client = new Client(database.url);
      await client.connect();
      await expectCount(client, 'tasks', 'SELECT count(*) FROM scheduler_task', requests + warmUp);
      await expectCount(client, 'ready tasks', 'SELECT count(*) FROM ready', requests + warmUp);
      await client.end();
      return metrics;
    } finally {
      await dtp.stop();
      await database.drop();
    }
  },
});

const bare = ({ server, options }: Bench, connections: number): Side => ({
  contender: 'bare group insert',
  async measure() {
    const database = await server.createDatabase();
    const child = await startScript('bare-group-insert.ts', 'serve', database.url);
    try {
      const { url } = child.ready as { url: string };
      const size = sizes(options.tasks, connections);
      return (await drive({ kind: 'post', url: `${url}/tasks`, connections, ...size })).metrics;
    } finally {
      await child.stop();
      await database.drop();
    }
  },
});

const inProcess = ({ templates, options }: Bench, peer: typeof graphileWorker): Side => ({
  contender: `${peer.name}, in process`,
  async measure() {
    const database = await templates.copy(peer);
    const jobs = Math.min(options.tasks, MOST_JOBS);
    const answer = await runScript(`${peer.name}.js`, 'enqueue', database.url, jobs, Math.min(JOBS_WARM_UP, jobs));
    await database.drop();
    return answer as { rate: number };
  },
});
