/**
 * How quick and how light the product is when it has nothing to do: the time from `POST /tasks` to `SUCCEEDED` as its
 * caller sees it, and the memory of each plane after a rest.
 *
 * Usage: npm run bench:idle -- [--samples 200] [--rest 10]
 */
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { buildIfStale } from '../tools/build.ts';
import { EchoCaller } from './support/echo-task.ts';
import { setting } from './support/machine.ts';
import { startPlanes } from './support/planes.ts';
import { residentMb } from './support/process-figures.ts';
import { Server } from './support/server.ts';
import { median, quantile } from './support/statistics.ts';

const { values } = parseArgs({
  options: { samples: { type: 'string', default: '200' }, rest: { type: 'string', default: '10' } },
});
const samples = Number(values.samples);
const restMs = Number(values.rest) * 1_000;

await buildIfStale(new AbortController().signal);
const server = await Server.start(process.env.BENCH_DB_URL);
try {
  const { api, dtp, stop } = await startPlanes(server);
  await delay(restMs);
  const memory = { api: residentMb(api.process.pid ?? 0), dtp: residentMb(dtp.process.pid ?? 0) };
  const caller = await EchoCaller.open(dtp.url);
  for (let warmUp = 0; warmUp < 50; warmUp++) await caller.postUntilSucceeded();
  const times: number[] = [];
  for (let taken = 0; taken < samples; taken++) {
    times.push(await caller.postUntilSucceeded());
    await delay(20);
  }
  caller.close();
  await stop();
  const ms = (share: number) => `${quantile(times, share).toFixed(1)} ms`;
  console.log(setting());
  console.table({
    'POST /tasks → SUCCEEDED': { median: `${median(times).toFixed(1)} ms`, p95: ms(0.95), p99: ms(0.99), samples },
  });
  console.table({
    'taskpilot-api, idle': { 'resident MB': memory.api },
    'dtp-scheduler, idle': { 'resident MB': memory.dtp },
  });
} finally {
  await server.stop();
}
