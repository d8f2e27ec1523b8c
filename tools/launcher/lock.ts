import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandLine } from '../process.ts';
import { StartError } from '../start-error.ts';

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
    throw new StartError(
      `TaskPilot already runs on the data folder ${dataDir} (process ${owner}): stop it, or set DATA_DIR.`,
    );
  }
  try {
    mkdirSync(dataDir, { recursive: true });
    rmSync(file, { force: true });
    // Of two that find an abandoned lock at once, one fails here.
    writeFileSync(file, String(process.pid), { flag: 'wx' });
  } catch (error) {
    throw new StartError(
      `The data folder ${dataDir} cannot be written (${(error as NodeJS.ErrnoException).code}): set DATA_DIR.`,
    );
  }
  return { wasAbandoned: owner !== null, release: () => rmSync(file, { force: true }) };
}

function readOwner(file: string): number | null {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}
