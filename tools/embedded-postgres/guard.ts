import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { dataFolder } from './cluster.ts';
import type { Location } from './location.ts';

/**
 * Waits for its input to end, which the death of everyone who holds the other end brings about, even by SIGKILL. The
 * port in postmaster.pid tells our database from one that a later run has started on the same files.
 */
const SCRIPT = `
  read -r _
  [ "$(sed -n 4p "$data/postmaster.pid" 2>/dev/null)" != "$port" ] || "$pg_ctl" stop -D "$data" -m fast -t 60
  [ -z "$remove" ] || rm -rf "$remove"
`;

/** A small process that ends the database when we no longer can. */
export interface Guard {
  /** A child process that inherits it keeps the database alive beyond our death, for as long as it runs itself. */
  readonly lifeline: Writable;
  /** Resolves when the guard is gone. The database should be stopped before. */
  dismiss(): Promise<void>;
}

/** @param temporary whether the folder goes with the database */
export function startGuard(location: Location, port: number, temporary: boolean): Guard {
  const { binaries, folder } = location;
  const shell = spawn('/bin/sh', ['-c', SCRIPT], {
    ...binaries.account,
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    env: {
      PATH: '/usr/bin:/bin',
      pg_ctl: join(binaries.root, 'bin', 'pg_ctl'),
      data: dataFolder(location),
      port: String(port),
      remove: temporary ? folder : '',
    },
  });
  const gone = once(shell, 'exit');
  return {
    lifeline: shell.stdin,
    async dismiss() {
      shell.stdin.end();
      await gone;
    },
  };
}
