import { MUTANTS } from './processes/mutants.ts';
import { runCommand } from './run-command.ts';

/** A weak guard shows where ends were under way as the network stalled: on a busy machine a run may have met none. */
async function firstRed(mutant: string): ReturnType<typeof runCommand> {
  const runOf = (seed: string) => runCommand('--only', 'mutant', '--mutant', mutant, '--seed', seed);
  let run = await runOf('1');
  for (const seed of ['2', '3']) if (run.code === 0) run = await runOf(seed);
  return run;
}

// Of what makes the suite red nothing but a broken promise counts: a run that fell over proves nothing. All at once,
// since most of what they do is wait.
it(`goes red on completions guarded by ${MUTANTS.join(', ')}`, async () => {
  const runs = await Promise.all(MUTANTS.map(firstRed));
  const red = { code: 1, output: expect.stringMatching(/^ {2}I[245]: /m) };
  expect(runs).toEqual(MUTANTS.map(() => red));
}, 300_000);
