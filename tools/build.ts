import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync, rmSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { StartError } from './start-error.ts';

export const repository = resolve(import.meta.dirname, '..');
const APPS = ['taskpilot-api', 'dtp-scheduler'];

/** The built file of an app, such as `main` or `database/migrate`. */
export const built = (app: string, file: string): string => resolve(repository, `dist/apps/${app}/src/${file}.js`);

/**
 * What node is started with to run a plane. Left alone, node 24 lets its young generation grow to 128 MB and its old
 * one to several times what is in use: a worker at full drain, in batches of 500, peaked at 320 MB, and with these at
 * 215, no slower.
 */
export const planeArguments = (app: string): string[] => [
  '--max-semi-space-size=8',
  '--heap-growing-percent=100',
  built(app, 'main'),
];

/**
 * Builds both apps unless what is built is newer than every source.
 * @throws StartError when the sources do not compile
 */
export async function buildIfStale(signal: AbortSignal): Promise<void> {
  if (isFresh()) return;
  console.log('Building …');
  const nest = resolve(repository, 'node_modules/@nestjs/cli/bin/nest.js');
  for (const app of APPS) {
    const child = spawn(process.execPath, [nest, 'build', app], { cwd: repository, stdio: 'inherit', signal });
    const [code] = await once(child, 'exit');
    if (code === 0) continue;
    // The compiler writes files even from wrong sources; the next start must not take them for a build.
    for (const file of APPS.map((name) => built(name, 'main'))) rmSync(file, { force: true });
    throw new StartError(`${app} does not compile: the compiler's messages stand above.`);
  }
}

function isFresh(): boolean {
  const outputs = APPS.map((app) => built(app, 'main'));
  if (!outputs.every(existsSync)) return false;
  const oldest = Math.min(...outputs.map((file) => statSync(file).mtimeMs));
  const sources = globSync(['{apps,libs}/**/*.ts', '{apps,libs}/*/tsconfig*.json', '*.json'], { cwd: repository });
  return sources
    .filter((file) => !file.endsWith('.spec.ts'))
    .every((file) => statSync(resolve(repository, file)).mtimeMs < oldest);
}

if (import.meta.main) {
  try {
    await buildIfStale(new AbortController().signal);
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
