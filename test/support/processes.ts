import { type ChildProcess, spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { planeArguments } from '../../tools/build.ts';
import { freePort } from '../../tools/ports.ts';
import { poolSize } from './pool-size.ts';

const PLANES = {
  api: { app: 'taskpilot-api', portVariable: 'TASKPILOT_PORT' },
  dtp: { app: 'dtp-scheduler', portVariable: 'DTP_PORT' },
} as const;

/** On a machine that tests and their planes keep busy. */
const START_MS = 60_000;
const STOP_MS = 30_000;

export interface PlaneProcess {
  readonly url: string;
  readonly process: ChildProcess;
  /** Everything it has printed so far. */
  output(): string;
  /** Sends a signal. Resolves when it is gone, unless the signal is one that it survives. */
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Asks it to drain and end. Resolves to its exit code, `null` when it had to be killed. */
  stop(): Promise<number | null>;
}

/**
 * Starts a built plane as a real process on a free port (unless `env` names one), and waits until it is ready. It
 * knows nothing of this process's environment, and ends when this process does.
 *
 * @param script what to run, with its arguments, instead of the plane's own main
 */
export async function startPlane(
  plane: 'api' | 'dtp',
  env: Readonly<Record<string, string>>,
  script?: readonly string[],
): Promise<PlaneProcess> {
  const { app, portVariable } = PLANES[plane];
  const port = env[portVariable] ?? String(await freePort());
  const child = spawn(process.execPath, script ? [...script] : planeArguments(app), {
    // A developer's .env must not reach a test.
    cwd: tmpdir(),
    env: { PATH: process.env.PATH, NODE_ENV: 'test', LOG_LEVEL: 'warn', [portVariable]: port, ...poolSize(), ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let words = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (words += String(chunk)));
  const exit = new Promise<void>((resolve) => child.once('exit', () => resolve()).once('error', () => resolve()));
  const url = `http://127.0.0.1:${port}`;
  const started = {
    url,
    process: child,
    output: () => words,
    async kill(signal: NodeJS.Signals) {
      child.kill(signal);
      if (signal !== 'SIGSTOP' && signal !== 'SIGCONT') await exit;
    },
    async stop() {
      const impatience = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      await started.kill('SIGTERM');
      clearTimeout(impatience);
      return child.exitCode;
    },
  };
  await ready(started, app);
  return started;
}

async function ready({ url, process: child, output, kill }: PlaneProcess, app: string): Promise<void> {
  const deadline = Date.now() + START_MS;
  while (!(await isReady(url))) {
    const isGone = child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
    if (!isGone && Date.now() < deadline) {
      await delay(25);
      continue;
    }
    if (!isGone) await kill('SIGKILL');
    throw new Error(`${app} ${isGone ? 'has stopped while starting' : 'is not ready'}. It printed:\n${output()}`);
  }
}

const isReady = (url: string) =>
  fetch(`${url}/health/ready`).then(
    ({ ok }) => ok,
    () => false,
  );
