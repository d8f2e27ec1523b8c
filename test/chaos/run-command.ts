import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const CHAOS = join(import.meta.dirname, 'chaos.ts');

export interface Run {
  readonly code: number;
  readonly output: string;
}

/** `npm run chaos`, as a person runs it, its report aside: its processes, its PostgreSQL and its proxies are its own. */
export function runCommand(...args: readonly string[]): Promise<Run> {
  const reports = mkdtempSync(join(tmpdir(), 'taskpilot-chaos-report-'));
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [CHAOS, ...args, '--out', reports], (_error, output, words) => {
      rmSync(reports, { recursive: true, force: true });
      resolve({ code: child.exitCode ?? -1, output: `${output}${words}` });
    });
  });
}
