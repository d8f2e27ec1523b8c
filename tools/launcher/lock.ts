import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { commandLine } from '../process.ts';
import { StartError } from '../start-error.ts';

const REMEDY = 'stop it, or set DATA_DIR to another folder.';

export interface Lock {
  /** Whether an earlier launcher died without releasing it; its planes may still be draining. */
  readonly wasAbandoned: boolean;
  release(): void;
}

/**
 * Makes the data folder ours. The lock is a folder that holds one file, named by its owner's pid: a folder can be
 * renamed onto an empty one, but onto no other, and what a dead owner left is removed by its name. So of several that
 * take over an abandoned lock at once, one gets it, and nobody removes a lock that is somebody's.
 *
 * @throws StartError when another launcher runs on it, or it cannot be written
 */
export function lockDataFolder(dataDir: string, isLauncher = isRunningLauncher): Lock {
  const lock = join(dataDir, 'launcher.lock');
  const owner = readOwner(lock);
  if (owner !== null && isLauncher(owner)) {
    throw new StartError(`TaskPilot already runs on the data folder ${dataDir} (process ${owner}): ${REMEDY}`);
  }
  try {
    makeFolder(dataDir);
    if (owner !== null) rmSync(join(lock, String(owner)), { force: true });
    take(lock);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'ENOTEMPTY' || code === 'EEXIST') {
      throw new StartError(`TaskPilot is being started on the data folder ${dataDir}: ${REMEDY}`);
    }
    throw new StartError(`The data folder ${dataDir} cannot be written (${code}): set DATA_DIR to one that can.`);
  }
  return { wasAbandoned: owner !== null, release: () => release(lock) };
}

/** A container that was killed gives its next launcher the pid of the last: what has ours is not running. */
function isRunningLauncher(pid: number): boolean {
  return pid !== process.pid && /\bstart\.ts\b/.test(commandLine(pid));
}

function take(lock: string): void {
  const draft = mkdtempSync(`${lock}.`);
  try {
    writeFileSync(join(draft, String(process.pid)), '');
    renameSync(draft, lock);
  } catch (error) {
    rmSync(draft, { recursive: true });
    throw error;
  }
}

function release(lock: string): void {
  rmSync(join(lock, String(process.pid)), { force: true });
  try {
    rmdirSync(lock);
  } catch {
    // Gone, or the next launcher's by now.
  }
}

/** `mkdirSync` with `recursive` never returns where a folder cannot be made in one that exists, as in /proc. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  mkdirSync(folder);
}

/** `null` when nobody owns it. */
function readOwner(lock: string): number | null {
  try {
    const [owner] = readdirSync(lock);
    return owner === undefined ? null : Number(owner);
  } catch {
    return null;
  }
}
