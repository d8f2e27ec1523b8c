import { setTimeout as delay } from 'node:timers/promises';
import type { BenchCase } from '../support/bench-case.ts';
import { drive } from '../support/load.ts';
import { Observer } from '../support/observer.ts';
import { type Planes, startPlanes } from '../support/planes.ts';
import type { Metrics } from '../support/samples.ts';

const CONNECTIONS = 32;
const MOST_LIFECYCLES = 10_000;
/** Until node has compiled what is run often: a service that has just started needs half as much processor time again. */
const WARM_UP = 20_000;
const POLL_MS = 5;
const PATIENCE_MS = 60_000;

/** `POST /api/tasks`, then `/scheduler`, through both planes, until every task has run. */
export const lifecycle: BenchCase = {
  id: 'lifecycle',
  title: () => `create and bind through both planes, ${CONNECTIONS} connections, until all have run`,
  sides: ({ server, options }) => [
    {
      contender: 'taskpilot',
      async measure() {
        const planes = await startPlanes(server, options.set);
        try {
          return await measureLifecycles(planes, options.tasks);
        } finally {
          await planes.stop();
        }
      },
    },
  ],
};

/** p50 and p99 are of the two calls together, not of the run. */
async function measureLifecycles({ api, dtpDatabase }: Planes, tasks: number): Promise<Metrics> {
  const requests = Math.min(tasks, MOST_LIFECYCLES);
  const warmUp = Math.min(tasks, WARM_UP);
  const url = `${api.url}/api/tasks`;
  const observer = await Observer.connect(dtpDatabase.url);
  const { startedAt, metrics } = await drive({ kind: 'lifecycle', url, connections: CONNECTIONS, requests, warmUp });
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const [row] = await observer.query<{ ran: number }>(
      `SELECT count(*)::integer AS ran FROM scheduler_task WHERE state = 'SUCCEEDED'`,
    );
    if (row?.ran === requests + warmUp) break;
    if (Date.now() > deadline) throw new Error(`${row?.ran} of ${requests + warmUp} tasks have run.`);
    await delay(POLL_MS);
  }
  const elapsedMs = performance.timeOrigin + performance.now() - startedAt;
  await observer.client.end();
  return { ...metrics, rate: (requests * 1_000) / elapsedMs };
}
