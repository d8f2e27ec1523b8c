import { MUTANTS } from './processes/mutants.ts';
import { runCommand } from './run-command.ts';

// Of what makes the suite red nothing but a broken promise counts: a run that fell over proves nothing. All at once,
// since most of what they do is wait.
it(`goes red on completions guarded by ${MUTANTS.join(', ')}`, async () => {
  const runs = await Promise.all(
    MUTANTS.map((mutant) => runCommand('--only', 'mutant', '--mutant', mutant, '--seed', '1')),
  );
  const red = { code: 1, output: expect.stringMatching(/^ {2}I[245]: /m) };
  expect(runs).toEqual(MUTANTS.map(() => red));
}, 180_000);
