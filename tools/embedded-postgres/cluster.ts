import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandLine } from '../process.ts';
import { StartError } from '../start-error.ts';
import { type Binaries, majorVersion, run } from './binaries.ts';
import type { Location } from './location.ts';

export const SUPERUSER = 'taskpilot';

export const dataFolder = ({ folder }: Location): string => join(folder, 'data');

/**
 * Makes the cluster unless it is there, and clears away what a crash left of its last run.
 * @returns the superuser's password
 * @throws StartError when the cluster belongs to another PostgreSQL, or its last run cannot be ended
 */
export async function prepareCluster(location: Location): Promise<string> {
  const { binaries, folder } = location;
  const data = dataFolder(location);
  const passwordFile = join(folder, 'password');
  const major = majorVersion(binaries);
  if (!existsSync(data)) await initialise(binaries, data, passwordFile);
  const made = readFileSync(join(data, 'PG_VERSION'), 'utf8').trim();
  if (made !== major) {
    throw new StartError(
      `The databases in ${folder} were made by PostgreSQL ${made}, and this is PostgreSQL ${major}: ` +
        'move the folder away to begin anew, or go back to the version that made it.',
    );
  }
  await endLastRun(binaries, data);
  return readFileSync(passwordFile, 'utf8').trim();
}

/** Under another name first: an interrupted initdb must not be taken for a cluster. */
async function initialise(binaries: Binaries, data: string, passwordFile: string): Promise<void> {
  const draft = `${data}.draft`;
  rmSync(draft, { recursive: true, force: true });
  // A password even on the loopback: every user of this machine can connect there.
  writeFileSync(passwordFile, randomBytes(24).toString('hex'), { mode: 0o600 });
  if (binaries.account) chownSync(passwordFile, binaries.account.uid, binaries.account.gid);
  await run(binaries, 'initdb', [
    ...['-D', draft, '-U', SUPERUSER, `--pwfile=${passwordFile}`, '--auth=scram-sha-256', '--encoding=UTF8'],
    // The same order and case rules on every machine, whatever locales it has.
    ...['--no-locale', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
  ]);
  renameSync(draft, data);
}

/** A postmaster that outlived its launcher is stopped; a `postmaster.pid` whose process is gone is removed. */
async function endLastRun(binaries: Binaries, data: string): Promise<void> {
  const pidFile = join(data, 'postmaster.pid');
  if (!existsSync(pidFile)) return;
  const pid = Number(readFileSync(pidFile, 'utf8').split('\n')[0]);
  if (commandLine(pid).includes(data)) await run(binaries, 'pg_ctl', ['stop', '-D', data, '-m', 'fast', '-t', '60']);
  // PostgreSQL would remove it, but not when the pid has been taken by another process of the same user.
  else rmSync(pidFile, { force: true });
}
