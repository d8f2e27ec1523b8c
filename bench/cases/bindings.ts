import { setTimeout as delay } from 'node:timers/promises';
import { type PlaneProcess, startPlane } from '../../test/support/processes.ts';
import { freePort } from '../../tools/ports.ts';
import type { BenchCase } from '../support/bench-case.ts';
import { Observer } from '../support/observer.ts';
import { migrate } from '../support/planes.ts';
import { peakMemoryMb } from '../support/process-figures.ts';
import type { Metrics } from '../support/samples.ts';
import type { Database } from '../support/server.ts';

const MOST_BINDINGS = 50_000;
const BATCH = 1_000;
const POLL_MS = 50;
const PATIENCE_MS = 120_000;

/** The execution plane was away: how soon all that was bound meanwhile is bound in truth, once it is back. */
export const bindings: BenchCase = {
  id: 'bindings',
  title: ({ tasks }) => `${Math.min(tasks, MOST_BINDINGS)} bindings that waited for DTP, once it is back`,
  sides: ({ server, options }) => [
    {
      contender: 'taskpilot',
      async measure() {
        const web = await server.createDatabase();
        const dtp = await server.createDatabase();
        migrate('taskpilot-api', { WEBDB_URL: web.url });
        migrate('dtp-scheduler', { DTP_DB_URL: dtp.url, DTP_DB_PREPARE: '1' });
        try {
          return await measureBindings(web, dtp, Math.min(options.tasks, MOST_BINDINGS), options.set);
        } finally {
          await web.drop();
          await dtp.drop();
        }
      },
    },
  ],
};

async function measureBindings(
  web: Database,
  dtp: Database,
  tasks: number,
  settings: Readonly<Record<string, string>>,
): Promise<Metrics> {
  const port = String(await freePort());
  const started: PlaneProcess[] = [];
  const start = async (plane: 'api' | 'dtp', env: Readonly<Record<string, string>>) => {
    const process = await startPlane(plane, { LOG_LEVEL: 'error', ...env, ...settings });
    started.push(process);
    return process;
  };
  const observer = await Observer.connect(web.url);
  try {
    const api = await start('api', {
      WEBDB_URL: web.url,
      WEBDB_PREPARE: '1',
      DTP_URL: `http://127.0.0.1:${port}`,
      // Nobody waits here for a DTP that is away.
      BIND_TIMEOUT_MS: '1',
    });
    await bindInBatches(api.url, tasks);
    await start('dtp', { DTP_DB_URL: dtp.url, DTP_DB_PREPARE: '1', DTP_PORT: port });
    const startedAt = performance.now();
    await untilBound(observer, tasks);
    const elapsedMs = performance.now() - startedAt;
    return { rate: (tasks * 1_000) / elapsedMs, memory: peakMemoryMb(api.process.pid ?? 0) };
  } finally {
    await observer.client.end();
    for (const process of started) await process.stop();
  }
}

async function bindInBatches(apiUrl: string, tasks: number): Promise<void> {
  const task = { name: 'bench', type: 'echo', payload: { hello: 'world' } };
  for (let made = 0; made < tasks; made += BATCH) {
    const response = await fetch(`${apiUrl}/api/tasks/batch`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ items: Array(Math.min(BATCH, tasks - made)).fill(task), bind: true }),
    });
    const { items } = (await response.json()) as { items: { status: number }[] };
    const unexpected = items.find(({ status }) => status !== 202);
    if (unexpected) throw new Error(`An item was answered ${JSON.stringify(unexpected)}, not 202.`);
  }
}

async function untilBound(observer: Observer, tasks: number): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const [row] = await observer.query<{ bound: number }>(
      `SELECT count(*)::integer AS bound FROM web_task WHERE status = 'BOUND'`,
    );
    if (row?.bound === tasks) return;
    if (Date.now() > deadline) throw new Error(`${row?.bound} of ${tasks} tasks are bound.`);
    await delay(POLL_MS);
  }
}
