import { type ChildProcess, spawn } from 'node:child_process';
import type { Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { shutdownLimitMs } from '../../libs/platform/src/bootstrap/shutdown-limit.ts';
import { planeArguments } from '../build.ts';
import { StartError } from '../start-error.ts';

const READY_MS = 60_000;
/** A plane gives up by itself first, and says so. */
const SPARE_MS = 5_000;

export interface PlaneOptions {
  /** The app, by its folder in `apps/`. */
  readonly name: string;
  readonly url: string;
  readonly env: NodeJS.ProcessEnv;
  /** How long its running tasks may take at its end, in milliseconds. */
  readonly drainMs?: number;
  /** Keeps our PostgreSQL alive for as long as this plane runs. */
  readonly lifeline: Writable | null;
}

/** One plane as a child process. The channel to it tells it of our death: it drains and exits when that breaks. */
export class Plane {
  readonly name: string;
  readonly #options: PlaneOptions;
  #child: ChildProcess | undefined;
  #exit: Promise<string> = Promise.resolve('never started');

  constructor(options: PlaneOptions) {
    this.name = options.name;
    this.#options = options;
  }

  readonly exited = (): Promise<string> => this.#exit;

  readonly restart = async (): Promise<void> => {
    const child = spawn(process.execPath, planeArguments(this.name), {
      env: this.#options.env,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc', this.#options.lifeline ?? 'ignore'],
      // Out of the terminal's process group: Ctrl-C is for us, who stop the planes in order.
      detached: true,
    });
    this.#child = child;
    this.#exit = new Promise((resolve) => {
      child
        .once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`))
        .once('error', (e) => resolve(e.message));
    });
  };

  /** @throws StartError when it exits, or takes longer than a minute */
  async ready(signal: AbortSignal): Promise<void> {
    let end: string | undefined;
    void this.#exit.then((words) => (end = words));
    const deadline = Date.now() + READY_MS;
    while (!(await isReady(this.#options.url))) {
      if (end) throw new StartError(`${this.name} has stopped while starting (${end}): its messages stand above.`);
      if (Date.now() > deadline) {
        throw new StartError(
          `${this.name} is not ready after ${READY_MS / 1000} s: ask ${this.#options.url}/health/ready.`,
        );
      }
      await delay(50, undefined, { signal });
    }
  }

  /** Lets it drain. Resolves when it is gone. */
  async stop(): Promise<void> {
    const impatience = setTimeout(() => this.kill(), shutdownLimitMs(this.#options.drainMs) + SPARE_MS);
    this.#child?.kill('SIGTERM');
    await this.#exit;
    clearTimeout(impatience);
  }

  kill(): void {
    this.#child?.kill('SIGKILL');
  }
}

async function isReady(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(2_000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}
