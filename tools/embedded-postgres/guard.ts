import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { dataFolder } from './cluster.ts';
import type { Location } from './location.ts';

export interface GuardOptions {
  readonly port: number;
  /** How long the database outlives its owner, so that the owner's other children can finish. */
  readonly graceS: number;
  /** Whether the folder goes as well. */
  readonly temporary: boolean;
}

/**
 * Waits for its input to end, which the death of our process brings about, even by SIGKILL. The port in postmaster.pid
 * tells our database from one that a later run has started on the same files.
 */
const SCRIPT = `
  read -r _
  ours() { [ "$(sed -n 4p "$data/postmaster.pid" 2>/dev/null)" = "$port" ]; }
  while [ "$grace" -gt 0 ] && ours; do sleep 1; grace=$((grace - 1)); done
  ours && "$pg_ctl" stop -D "$data" -m fast -t 60
  [ -z "$remove" ] || rm -rf "$remove"
`;

/** A small process that ends the database when we no longer can. */
export interface Guard {
  /** Resolves when it is gone. The database should be stopped before. */
  dismiss(): Promise<void>;
}

export function startGuard(location: Location, { port, graceS, temporary }: GuardOptions): Guard {
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
      grace: String(graceS),
      remove: temporary ? folder : '',
    },
  });
  const gone = once(shell, 'exit');
  return {
    async dismiss() {
      shell.stdin.end();
      await gone;
    },
  };
}
