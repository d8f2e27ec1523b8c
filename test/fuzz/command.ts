import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildIfStale } from '../../tools/build.ts';
import { EmbeddedPostgres } from '../../tools/embedded-postgres/embedded-postgres.ts';
import { migrate } from '../../tools/launcher/databases.ts';
import { type PlaneProcess, startPlane } from '../support/processes.ts';
import { fuzz } from './fuzz.ts';

/** `npm run fuzz -- --requests 50000 --seed 7`: both planes on a PostgreSQL of their own, until each request is answered. */
const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '50000' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    concurrency: { type: 'string', default: '16' },
  },
});
const [requests, seed, concurrency] = [values.requests, values.seed, values.concurrency].map(Number) as [
  number,
  number,
  number,
];

const { signal } = new AbortController();
await buildIfStale(signal);
const postgres = await EmbeddedPostgres.start({
  folder: mkdtempSync(join(tmpdir(), 'taskpilot-fuzz-')),
  temporary: true,
});
const planes: PlaneProcess[] = [];
try {
  for (const name of ['webdb', 'dtp']) await postgres.createDatabase(name);
  const env = { WEBDB_URL: postgres.url('webdb'), DTP_DB_URL: postgres.url('dtp'), LOG_LEVEL: 'fatal' };
  const migrating = { PATH: process.env.PATH, NODE_ENV: 'test', DTP_URL: 'http://127.0.0.1:1', ...env };
  for (const app of ['taskpilot-api', 'dtp-scheduler']) await migrate(app, migrating, signal);
  // No address is opened to tasks: nobody outside is called, whatever the fuzzer thinks of.
  const dtp = await startPlane('dtp', { ...env, DTP_DRAIN_MS: '200' });
  planes.push(dtp);
  const api = await startPlane('api', { ...env, DTP_URL: dtp.url });
  planes.push(api);

  const started = performance.now();
  const { findings, counts } = await fuzz({ urls: { api: api.url, dtp: dtp.url }, requests, seed, concurrency });
  const seconds = (performance.now() - started) / 1_000;
  for (const [what, times] of [...counts].sort()) console.log(`${String(times).padStart(7)}  ${what}`);
  for (const { fault, times, curl, answer } of findings)
    console.log(`\n${fault} (${times} times)\n  ${curl}\n  ${answer}`);
  console.log(`\n${requests} requests, seed ${seed}, ${seconds.toFixed(1)} s: ${findings.length} kinds of fault.`);
  process.exitCode = findings.length > 0 ? 1 : 0;
} finally {
  for (const plane of planes.reverse()) await plane.stop();
  await postgres.stop();
}
