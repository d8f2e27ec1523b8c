import { parseArgs } from 'node:util';
import { CATALOGUE } from './catalogue.ts';
import { MUTANTS, type Mutant } from './processes/mutants.ts';
import type { FaultKind } from './run/faults.ts';

export interface CommandLine {
  readonly only: readonly string[];
  readonly seed: number;
  readonly workers: number | undefined;
  readonly schedulerWorks: boolean | undefined;
  readonly concurrency: number | undefined;
  readonly leaseMs: number;
  readonly tasks: number | undefined;
  readonly scale: number;
  /** Most tasks submitted in a second. */
  readonly rate: number | undefined;
  /** Numbers of faults that replace those of the catalogue. */
  readonly faults: Readonly<Partial<Record<FaultKind, number>>> | undefined;
  readonly mutant: Mutant | undefined;
  readonly out: string;
}

export const USAGE = `Usage: npm run chaos -- [options]
  --only NAME,…   ${Object.keys(CATALOGUE).join(', ')} (small)
  --tasks N       tasks, at least; those of the catalogue otherwise
  --kills N, --pauses N, --stalls N, --crashes N, --partitions N
                  faults, instead of those of the catalogue
  --scale N       so many times the faults of the catalogue, and the answers that have to be lost
  --rate N        tasks submitted in a second, at most; as many as are taken otherwise
  --seed N        repeats a run's plan; drawn otherwise
  --workers N     worker processes (3)
  --scheduler R   the scheduler that answers calls: "all" works as well, "api" does not; the catalogue's otherwise
  --concurrency N tasks that a worker runs at once (16)
  --lease N       lease in ms (1500)
  --mutant NAME   weakens the completion's guard, so that the run must fail: ${MUTANTS.join(', ')}
  --out FOLDER    where the report is kept (.data/chaos)`;

const COUNTS = { kills: 'kill', pauses: 'pause', stalls: 'stall', crashes: 'crash', partitions: 'partition' } as const;

/** @throws Error that says what was wrong, with the usage */
export function readCommandLine(args: readonly string[]): CommandLine {
  const text = { type: 'string' } as const;
  const names = [
    'only',
    'tasks',
    'scale',
    'rate',
    'seed',
    'workers',
    'scheduler',
    'concurrency',
    'lease',
    'mutant',
    'out',
    ...Object.keys(COUNTS),
  ];
  const { values } = parseArgs({ args: [...args], options: Object.fromEntries(names.map((name) => [name, text])) });
  const given = values as Readonly<Record<string, string | undefined>>;
  const number = (name: string): number | undefined => {
    const value = given[name];
    if (value === undefined) return undefined;
    if (/^\d{1,9}$/.test(value)) return Number(value);
    throw new Error(`--${name} ${value} is not a whole number.\n\n${USAGE}`);
  };
  const only = (given.only ?? 'small').split(',');
  const strange =
    only.find((name) => !(name in CATALOGUE)) ?? unknownMutant(given.mutant) ?? unknownRole(given.scheduler);
  if (strange) throw new Error(`There is no ${strange}.\n\n${USAGE}`);
  const faults = Object.entries(COUNTS).flatMap(([name, kind]) => {
    const count = number(name);
    return count === undefined ? [] : [[kind, count] as const];
  });
  return {
    only,
    seed: number('seed') ?? Math.floor(Math.random() * 1e9),
    workers: number('workers'),
    schedulerWorks: given.scheduler === undefined ? undefined : given.scheduler === 'all',
    concurrency: number('concurrency'),
    leaseMs: number('lease') ?? 1_500,
    tasks: number('tasks'),
    scale: number('scale') ?? 1,
    rate: number('rate'),
    faults: faults.length > 0 ? Object.fromEntries(faults) : undefined,
    mutant: given.mutant as Mutant | undefined,
    out: given.out ?? '.data/chaos',
  };
}

const unknownRole = (role: string | undefined): string | undefined =>
  role === undefined || role === 'all' || role === 'api' ? undefined : `scheduler ${role}`;

const unknownMutant = (name: string | undefined): string | undefined =>
  name === undefined || (MUTANTS as readonly string[]).includes(name) ? undefined : `mutant ${name}`;
