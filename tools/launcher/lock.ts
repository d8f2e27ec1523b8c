import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
 * Makes the data folder ours.
 * @throws StartError when another launcher runs on it, or it cannot be written
 */
export function lockDataFolder(dataDir: string): Lock {
  const file = join(dataDir, 'launcher.pid');
  const owner = readOwner(file);
  if (owner !== null && /\bstart\.ts\b/.test(commandLine(owner))) {
    throw new StartError(`TaskPilot already runs on the data folder ${dataDir} (process ${owner}): ${REMEDY}`);
  }
  try {
    makeFolder(dataDir);
    if (owner !== null) rmSync(file, { force: true });
    writeFileSync(file, String(process.pid), { flag: 'wx' });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw new StartError(`TaskPilot is being started on the data folder ${dataDir}: ${REMEDY}`);
    throw new StartError(`The data folder ${dataDir} cannot be written (${code}): set DATA_DIR to one that can.`);
  }
  return { wasAbandoned: owner !== null, release: () => rmSync(file, { force: true }) };
}

/** `mkdirSync` with `recursive` never returns where a folder cannot be made in one that exists, as in /proc. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  mkdirSync(folder);
}

function readOwner(file: string): number | null {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}
