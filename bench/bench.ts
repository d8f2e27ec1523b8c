/**
 * The benchmark: side by side, in one run, with graphile-worker and pg-boss at their best published settings, on the
 * same PostgreSQL. Prints a table, and writes JSON when asked to. `npm run bench -- --help` tells the options.
 */
import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildIfStale } from '../tools/build.ts';
import { selectCases } from './cases/index.ts';
import { taskpilot } from './contenders/taskpilot.ts';
import { goalsFor } from './goals.ts';
import type { Bench, BenchCase } from './support/bench-case.ts';
import { setting, watchStolenTime } from './support/machine.ts';
import { readCommandLine, USAGE } from './support/options.ts';
import { printRows, round } from './support/print-rows.ts';
import { type Row, rowsOf } from './support/rows.ts';
import { interleave, type Metrics } from './support/samples.ts';
import { Server } from './support/server.ts';
import { Templates } from './support/templates.ts';

if (process.argv.includes('--help')) {
  console.log(USAGE);
  process.exit();
}
const { cases, out, ...options } = readArguments();
if (!existsSync(join(import.meta.dirname, 'node_modules', 'graphile-worker'))) {
  throw new Error('The peers are not installed: run `npm ci --prefix bench` first.');
}

await buildIfStale(new AbortController().signal);
const server = await Server.start(process.env.BENCH_DB_URL);
try {
  const { node, ...about } = setting();
  const settings = { ...options, node, postgres: await server.describe() };
  console.log(JSON.stringify({ ...about, settings }, null, 2));
  const bench: Bench = { server, templates: new Templates(server), options, taskpilot: taskpilot(options.set) };
  const rows: Row[] = [];
  const stolenTime = watchStolenTime();
  for (const one of cases) rows.push(...(await measure(one, bench)));
  const stolen = stolenTime();
  console.log(`\n${printRows(rows)}`);
  if (stolen !== null)
    console.log(`The host gave ${round(stolen * 100)} % of the processors' time to others meanwhile.`);
  if (out) writeFileSync(out, `${JSON.stringify({ ...about, settings, stolen, rows }, null, 2)}\n`);
} finally {
  await server.stop();
}

/** Ends with a sentence what cannot begin, or could not be written at the end. */
function readArguments() {
  try {
    const { only, ...rest } = readCommandLine(process.argv.slice(2));
    const cases = selectCases(only);
    if (rest.out) appendFileSync(rest.out, '');
    return { cases, ...rest };
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(2);
  }
}

async function measure(one: BenchCase, bench: Bench): Promise<Row[]> {
  console.log(`\n${one.id}: ${one.title(options)}`);
  const samples = await interleave(options.runs, one.sides(bench), (contender, metrics) => {
    console.log(`  ${contender}: ${describe(metrics)}`);
  });
  return rowsOf(one.id, samples, goalsFor(options));
}

function describe(metrics: Metrics): string {
  return Object.entries(metrics)
    .map(([name, value]) => `${name} ${round(value)}`)
    .join(', ');
}
