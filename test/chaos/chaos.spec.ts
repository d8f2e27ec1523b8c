import { runCommand } from './run-command.ts';

it('keeps every promise under kills, pauses, a crash of PostgreSQL and a partition', async () => {
  const { code, output } = await runCommand('--only', 'small', '--seed', '20261123');
  if (code !== 0) throw new Error(output);
}, 240_000);
