import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import type { CommandLine } from './options.ts';
import type { StormResult } from './run/storm.ts';

const MOST_SHOWN = 20;

export interface Row {
  readonly name: string;
  readonly title: string;
  readonly result: StormResult;
}

export const isGreen = ({ violations, complaints }: StormResult): boolean =>
  violations.length === 0 && complaints.length === 0;

/** What of a run is wrong, line by line; empty when nothing is. */
export function faultsFound({ violations, complaints }: StormResult): string[] {
  const lines = [...complaints, ...violations.map(({ invariant, what }) => `${invariant}: ${what}`)];
  const rest = lines.length - MOST_SHOWN;
  return rest > 0 ? [...lines.slice(0, MOST_SHOWN), `… and ${rest} more`] : lines;
}

/** What else is to be known, line by line. */
export const notesOf = (rows: readonly Row[]): string[] =>
  rows.flatMap(({ name, result }) => result.notes.map((note) => `- ${name}: ${note}`));

/** The results as a table in Markdown. */
export function toTable(rows: readonly Row[]): string {
  const lines = rows.map(({ name, title, result }) => {
    const { summary: figures, faults, violations } = result;
    const kinds = Object.entries(Object.groupBy(faults, ({ kind }) => kind));
    const hits = kinds.map(([kind, of]) => `${of.length} ${kind}`).join(', ') || 'none';
    const inFlight = faults.reduce((sum, fault) => sum + fault.inFlight, 0);
    return (
      `| ${name} | ${title} | ${figures.tasks} | ${hits} | ${inFlight} | ${figures.lostAttempts} | ${figures.workerLost} ` +
      `| ${violations.length} | ${figures.seconds} s | ${isGreen(result) ? 'green' : 'RED'} |`
    );
  });
  return [
    '| | test | tasks | faults | hit in flight | attempts lost | `WORKER_LOST` | violations | took | |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    ...lines,
  ].join('\n');
}

/** Keeps the report as JSON and Markdown. Returns the path without its ending. */
export function keepReport(rows: readonly Row[], skipped: readonly string[], options: CommandLine): string {
  const at = new Date().toISOString();
  const [cpu] = cpus();
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  const machine = `${cpus().length} × ${cpu?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`;
  mkdirSync(options.out, { recursive: true });
  const path = join(options.out, `${at.replaceAll(/[:.]/g, '-')}-seed-${options.seed}`);
  writeFileSync(`${path}.json`, `${JSON.stringify({ at, commit, machine, options, rows, skipped }, null, 1)}\n`);
  const head = `Seed ${options.seed}, ${at}, commit ${commit}, ${machine}.`;
  const found = rows.flatMap(({ name, result }) => faultsFound(result).map((line) => `- ${name}: ${line}`));
  writeFileSync(`${path}.md`, `${[head, '', toTable(rows), '', ...notesOf(rows), ...found, ...skipped].join('\n')}\n`);
  return path;
}
