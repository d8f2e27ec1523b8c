import { execFileSync, spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { StartError } from '../start-error.ts';

/** An operating system user to run PostgreSQL as. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Whom PostgreSQL runs as: `null` for the user of this process. PostgreSQL refuses to run as root, so root lends it to
 * whoever owns the cluster already, else to `postgres`, made if need be, else to `nobody`.
 */
export function accountFor(folder: string): Account | null {
  if (process.getuid?.() !== 0) return null;
  const owner = statSync(folder, { throwIfNoEntry: false });
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const account = find('postgres') ?? create('postgres') ?? find('nobody');
  if (!account)
    throw new StartError('PostgreSQL does not run as root, and there is no user postgres or nobody to lend it to.');
  return account;
}

function find(name: string): Account | null {
  try {
    const id = (kind: string) => Number(execFileSync('id', [kind, name], { encoding: 'utf8', stdio: 'pipe' }));
    return { uid: id('-u'), gid: id('-g') };
  } catch {
    return null;
  }
}

/** A system without useradd, or with a read-only /etc, makes none. */
function create(name: string): Account | null {
  spawnSync('useradd', ['--system', '--user-group', '--no-create-home', name], { stdio: 'ignore' });
  return find(name);
}
