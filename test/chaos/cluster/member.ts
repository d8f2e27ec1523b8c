import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { planeArguments } from '../../../tools/build.ts';
import { type PlaneProcess, startPlane } from '../../support/processes.ts';
import { type ChaosSettings, toEnvironment } from '../processes/chaos-environment.ts';
import type { TcpProxy } from '../proxy/tcp-proxy.ts';

const PROCESSES = join(import.meta.dirname, '..', 'processes');
const PLANE = join(PROCESSES, 'plane.ts');
const FAILPOINTS = ['--import', pathToFileURL(join(PROCESSES, 'failpoints-everywhere.ts')).href];

/** Half a second of a start's two, of which a run has dozens. */
const COMPILED = { NODE_COMPILE_CACHE: join(tmpdir(), 'taskpilot-chaos-compiled') };

const AWAY = /The database cannot be reached/;

/** Those that the plane's own main is started with. */
const nodeFlags = (app: string) => planeArguments(app).slice(0, -1);

export interface MemberOptions {
  readonly name: string;
  readonly plane: 'api' | 'dtp';
  readonly env: Readonly<Record<string, string>>;
  /** Between it and its database. */
  readonly proxy: TcpProxy;
  readonly chaos: ChaosSettings;
  /** Told of each new process. */
  readonly onStarted?: (process: PlaneProcess) => void;
}

/** A place in the cluster for one process after another, as an orchestrator would keep it. */
export class Member {
  readonly name: string;
  readonly proxy: TcpProxy;
  /** Whether a fault has it in hands: no other may take it. */
  isTaken = false;
  /** Ends that no fault has brought about, with the last words. */
  readonly surprises: string[] = [];
  /** Names of the failpoints that its processes have passed. */
  readonly passed = new Set<string>();
  readonly #options: MemberOptions;
  #current: PlaneProcess | null = null;
  #isStopping = false;
  /** Whether the end of the current process is what a fault wants. */
  #endIsWanted = false;

  constructor(options: MemberOptions) {
    this.#options = options;
    this.name = options.name;
    this.proxy = options.proxy;
  }

  get app(): 'taskpilot-api' | 'dtp-scheduler' {
    return this.#options.plane === 'api' ? 'taskpilot-api' : 'dtp-scheduler';
  }

  get current(): PlaneProcess | null {
    return this.#current;
  }

  get pid(): number {
    return this.#current?.process.pid ?? 0;
  }

  /** Resolves when its process is ready, however often it takes. */
  async start(chaos: Partial<ChaosSettings> = {}): Promise<void> {
    const { plane, env, onStarted } = this.#options;
    const { app } = this;
    const flags = [...nodeFlags(app), ...(this.#options.chaos.failpoints ? FAILPOINTS : [])];
    const settings = { ...env, ...COMPILED, ...toEnvironment({ ...this.#options.chaos, ...chaos }) };
    this.#endIsWanted = chaos.failpoint !== undefined;
    while (!this.#isStopping) {
      try {
        const started = await startPlane(plane, settings, [...flags, PLANE, app]);
        this.#current = started;
        this.#watch(started);
        onStarted?.(started);
        return;
      } catch (error) {
        // One that is to be killed at a failpoint dies. And where the database is away, as the faults have it, a start
        // fails with that sentence: whoever runs a plane starts it again.
        if (this.#endIsWanted) return;
        if (AWAY.test((error as Error).message)) continue;
        this.surprises.push(`${this.name} did not start: ${(error as Error).message}`);
      }
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.#current?.process.kill(signal);
  }

  /** The current process dies at this failpoint, if it comes by. */
  arm(failpoint: string): void {
    this.#endIsWanted = true;
    this.#current?.process.send({ arm: failpoint });
  }

  /** SIGKILL. Resolves when it is gone. */
  async kill(): Promise<void> {
    this.#endIsWanted = true;
    await this.#current?.kill('SIGKILL');
    this.#current = null;
  }

  /** SIGTERM. Resolves to its exit code. */
  async drain(): Promise<number | null> {
    this.#endIsWanted = true;
    const code = await this.#current?.stop();
    this.#current = null;
    return code ?? null;
  }

  /** Whether there is no process at work. */
  get hasEnded(): boolean {
    const child = this.#current?.process;
    return !child || child.exitCode !== null || child.signalCode !== null;
  }

  /** Whether its process was ended by SIGKILL, its own included. */
  get wasKilled(): boolean {
    return !this.#current || this.#current.process.signalCode === 'SIGKILL';
  }

  /** Resolves when the current process has ended. */
  async ended(): Promise<void> {
    if (!this.hasEnded) await new Promise((resolve) => this.#current?.process.once('exit', resolve));
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    this.signal('SIGCONT');
    await this.kill();
    await this.proxy.stop();
  }

  #watch(started: PlaneProcess): void {
    started.process.on('message', (message: { failpoint?: string }) => {
      if (message.failpoint) this.passed.add(message.failpoint);
    });
    started.process.once('exit', (code, signal) => {
      if (this.#isStopping || this.#endIsWanted || this.#current !== started) return;
      this.surprises.push(`${this.name} ended with ${code ?? signal}: ${started.output().slice(-2_000)}`);
      void this.start();
    });
  }
}
