/**
 * How quick and how light the product is when it has nothing to do: the time from `POST /tasks` to `SUCCEEDED` as its
 * caller sees it, polling every millisecond, and the memory of each plane after a rest.
 *
 * Usage: npm run bench:idle -- [--samples 200] [--rest 10]
 */
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { buildIfStale } from '../tools/build.ts';
import { setting } from './support/machine.ts';
import { type Planes, startPlanes } from './support/planes.ts';
import { median, quantile } from './support/statistics.ts';

const { values } = parseArgs({
  options: { samples: { type: 'string', default: '200' }, rest: { type: 'string', default: '10' } },
});
const samples = Number(values.samples);
const restMs = Number(values.rest) * 1_000;

await buildIfStale(new AbortController().signal);
const planes = await startPlanes();
try {
  await delay(restMs);
  const memory = { api: residentMb(planes.api.process.pid), dtp: residentMb(planes.dtp.process.pid) };
  for (let warmUp = 0; warmUp < 50; warmUp++) await postUntilSucceeded(planes);
  const times: number[] = [];
  for (let taken = 0; taken < samples; taken++) {
    times.push(await postUntilSucceeded(planes));
    await delay(20);
  }
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
  await planes.stop();
}

async function postUntilSucceeded({ dtp }: Planes): Promise<number> {
  const started = performance.now();
  const created = await fetch(`${dtp.url}/tasks`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ type: 'echo', payload: { hello: 'world' } }),
  });
  if (created.status !== 201) throw new Error(`POST /tasks answered ${created.status}`);
  const { id } = (await created.json()) as { id: string };
  for (;;) {
    const { state } = (await (await fetch(`${dtp.url}/tasks/${id}`)).json()) as { state: string };
    if (state === 'SUCCEEDED') return performance.now() - started;
    await delay(1);
  }
}

/** What Linux counts as resident, rounded. */
function residentMb(pid: number | undefined): number {
  const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Math.round(Number(kilobytes) / 1024);
}
