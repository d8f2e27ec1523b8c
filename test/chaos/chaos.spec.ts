import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MUTANTS } from './processes/mutants.ts';

const CHAOS = join(import.meta.dirname, 'chaos.ts');

let reports: string;

beforeAll(() => {
  reports = mkdtempSync(join(tmpdir(), 'taskpilot-chaos-report-'));
});
afterAll(() => rmSync(reports, { recursive: true, force: true }));

interface Run {
  readonly code: number;
  readonly output: string;
}

/** `npm run chaos`, as a person runs it: its processes, its PostgreSQL and its proxies are its own. */
function chaos(...args: readonly string[]): Promise<Run> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [CHAOS, ...args, '--out', reports], (_error, output, words) => {
      resolve({ code: child.exitCode ?? -1, output: `${output}${words}` });
    });
  });
}

it('keeps every promise under kills, pauses, a crash of PostgreSQL and a partition', async () => {
  const { code, output } = await chaos('--only', 'small', '--seed', '20261123');
  if (code !== 0) throw new Error(output);
}, 240_000);

// Of what makes the suite red nothing but a broken promise counts: a run that fell over proves nothing. All at once,
// since most of what they do is wait.
it(`goes red on completions guarded by ${MUTANTS.join(', ')}`, async () => {
  const runs = await Promise.all(MUTANTS.map((mutant) => chaos('--only', 'mutant', '--mutant', mutant, '--seed', '1')));
  const red = { code: 1, output: expect.stringMatching(/^ {2}I[245]: /m) };
  expect(runs).toEqual(MUTANTS.map(() => red));
}, 180_000);
