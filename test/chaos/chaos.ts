/**
 * Kills, freezes and cuts off a whole cluster under load, and judges what is left. Prints its seed, every fault and a
 * table; exits 1 unless all is green. `npm run chaos -- --help` tells the options.
 */
import { buildIfStale } from '../../tools/build.ts';
import { CATALOGUE } from './catalogue.ts';
import { MountRefused } from './cluster/small-disk.ts';
import { readCommandLine, USAGE } from './options.ts';
import { faultsFound, isGreen, keepReport, type Row, toTable } from './report.ts';
import { storm } from './run/storm.ts';

if (process.argv.includes('--help')) {
  console.log(USAGE);
  process.exit();
}
const options = readCommandLine(process.argv.slice(2));
const { only, tasks, faults, scale, rate, seed, workers, schedulerWorks, concurrency, leaseMs, mutant } = options;
await buildIfStale(new AbortController().signal);
console.log(`seed ${seed}`);

const rows: Row[] = [];
const skipped: string[] = [];
for (const name of only) {
  const { title, ...scenario } = CATALOGUE[name] as (typeof CATALOGUE)[string];
  console.log(`\n${name}: ${title}${mutant ? `, with the mutant ${mutant}` : ''}`);
  const run = storm({
    ...scenario,
    ...{ seed, leaseMs, mutant },
    workers: workers ?? scenario.workers ?? 3,
    schedulerWorks: schedulerWorks ?? scenario.schedulerWorks ?? false,
    concurrency: concurrency ?? scenario.concurrency ?? 16,
    tasks: tasks ?? scenario.tasks,
    ...(rate && { mostPerSecond: rate }),
    losses: scenario.losses && { ...scenario.losses, least: scenario.losses.least * scale },
    faults: faults ?? Object.fromEntries(Object.entries(scenario.faults).map(([kind, count]) => [kind, count * scale])),
    say: (line) => console.log(`  ${line}`),
  });
  const result = await run.catch((error: unknown) => {
    if (!(error instanceof MountRefused)) throw error;
    skipped.push(
      `SKIPPED, AND SHOWN NOTHING: ${name} needs a disk of its own, which root alone may mount: ${error.message}`,
    );
    return null;
  });
  if (!result) continue;
  rows.push({ name, title, result });
  console.log(JSON.stringify(result.summary));
  for (const line of [...result.notes, ...faultsFound(result)]) console.log(`  ${line}`);
}
console.log(`\n${toTable(rows)}\n\nkept as ${keepReport(rows, skipped, options)}.{json,md}`);
for (const line of skipped) console.error(`\n!!! ${line}\n`);
process.exitCode = rows.every(({ result }) => isGreen(result)) ? 0 : 1;
