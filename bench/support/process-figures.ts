import { readdirSync, readFileSync } from 'node:fs';

const TICK_MS = 10;

/** The most memory that a process has had at once, MB. NaN where the system does not tell. */
export function peakMemoryMb(pid: number): number {
  return Number(/VmHWM:\s+(\d+)/.exec(read(`/proc/${pid}/status`))?.[1]) / 1024;
}

/** What a process has in memory now, MB. NaN where the system does not tell. */
export function residentMb(pid: number): number {
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(read(`/proc/${pid}/status`))?.[1]) / 1024);
}

/** Processor time of a process and its threads, ms. NaN where the system does not tell. */
export function processorMs(pid: number): number {
  return sum(stat(pid).times.slice(0, 2)) * TICK_MS;
}

/**
 * Processor time of a whole PostgreSQL, the processes that have ended included, ms. NaN when it runs elsewhere.
 * @param backend the pid of any of its connections
 */
export function postgresProcessorMs(backend: number): number {
  const { name, parent } = stat(backend);
  if (!name.startsWith('postgres')) return Number.NaN;
  const children = readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map((pid) => stat(Number(pid)))
    .filter((process) => process.parent === parent);
  return (sum(stat(parent).times) + sum(children.map(({ times }) => sum(times.slice(0, 2))))) * TICK_MS;
}

/** From /proc/<pid>/stat: times are user, system, and those of its ended children, in ticks. */
function stat(pid: number): { name: string; parent: number; times: number[] } {
  const [, name = '', rest = ''] = /\((.*)\) (.*)/s.exec(read(`/proc/${pid}/stat`)) ?? [];
  const fields = rest.split(' ').map(Number);
  return { name, parent: fields[1] ?? Number.NaN, times: fields.slice(11, 15) };
}

/** Empty when the process, or all of /proc, is not there. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

const sum = (values: readonly number[]): number =>
  values.length === 0 ? Number.NaN : values.reduce((total, value) => total + value, 0);
