import { parseArgs } from 'node:util';
import type { BenchOptions } from './bench-case.ts';

export interface CommandLine extends BenchOptions {
  readonly only: string | undefined;
  readonly out: string | undefined;
}

export const USAGE = `Usage: npm run bench -- [options]
  --only CASE,…    drain, drain-1, drain-2, finished, held-xmin, post, post-1, post-32, post-64, post-128, batch, lifecycle,
                   bindings, pickup, post-to-succeeded
  --tasks N        tasks in a drain (100000); smaller N also shortens the other cases
  --runs N         runs of each contender (3)
  --finished N     finished tasks in the tables of the case "finished" (1000000)
  --set NAME=VALUE a setting of our execution plane, such as DTP_CONCURRENCY=500; may be repeated
  --out FILE       also write the figures as JSON
BENCH_DB_URL, of a superuser, names a PostgreSQL to use; without it an embedded one is started.`;

/** The command line was wrong: for its author to read, without a stack. */
export class UsageError extends Error {
  constructor(what: string) {
    super(`${what}\n\n${USAGE}`);
  }
}

/** @throws UsageError */
export function readCommandLine(args: readonly string[]): CommandLine {
  const values = parse(args);
  const count = (name: 'tasks' | 'runs' | 'finished') => {
    if (/^[1-9]\d*$/.test(values[name])) return Number(values[name]);
    throw new UsageError(`--${name} ${values[name]} is not a positive integer.`);
  };
  return {
    only: values.only,
    out: values.out,
    tasks: count('tasks'),
    runs: count('runs'),
    finished: count('finished'),
    set: Object.fromEntries(values.set.map(readSetting)),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseKnown(args);
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

const parseKnown = (args: readonly string[]) =>
  parseArgs({
    args: [...args],
    options: {
      only: { type: 'string' },
      tasks: { type: 'string', default: '100000' },
      runs: { type: 'string', default: '3' },
      finished: { type: 'string', default: '1000000' },
      set: { type: 'string', multiple: true, default: [] },
      out: { type: 'string' },
    },
  }).values;

function readSetting(text: string): [string, string] {
  const [, name, value] = /^([A-Z_]+)=(.*)$/.exec(text) ?? [];
  if (name !== undefined && value !== undefined) return [name, value];
  throw new UsageError(`--set ${text} is not NAME=VALUE.`);
}
