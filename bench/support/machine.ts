import { execFileSync } from 'node:child_process';
import { cpus, release, totalmem, type } from 'node:os';

/** What a figure was measured on: without it no figure means anything. */
export interface Setting {
  readonly commit: string;
  readonly date: string;
  readonly machine: string;
  readonly node: string;
}

export function setting(): Setting {
  const git = (...args: string[]) => execFileSync('git', args, { encoding: 'utf8' }).trim();
  const processors = cpus();
  return {
    commit: `${git('rev-parse', '--short', 'HEAD')}${git('status', '--porcelain') === '' ? '' : ' with changes'}`,
    date: new Date().toISOString().slice(0, 10),
    machine: `${processors.length} × ${processors[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${type()} ${release()}`,
    node: process.version,
  };
}
