import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
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

const STAT = '/proc/stat';
const STEAL = 7;

/**
 * Starts to watch what a virtual machine's host gives to others: the more of it, the less the rates say.
 * @returns tells which share of the processors' time that was since then, or `null` where the system does not say
 */
export function watchStolenTime(): () => number | null {
  const before = processorTicks();
  return () => {
    const ticks = processorTicks().map((now, index) => now - (before[index] ?? 0));
    const all = ticks.reduce((total, one) => total + one, 0);
    return all > 0 ? (ticks[STEAL] ?? 0) / all : null;
  };
}

/** Of all processors: user, nice, system, idle, iowait, irq, softirq, steal. */
function processorTicks(): number[] {
  if (!existsSync(STAT)) return [];
  const [all = ''] = readFileSync(STAT, 'utf8').split('\n');
  return all
    .split(/\s+/)
    .slice(1, STEAL + 2)
    .map(Number);
}
