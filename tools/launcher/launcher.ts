import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { LAST_REQUESTS_MS, shutdownLimitMs } from '../../libs/platform/src/bootstrap/shutdown-limit.ts';
import type { LauncherConfig } from '../../libs/platform/src/config/index.ts';
import { buildIfStale } from '../build.ts';
import { EmbeddedPostgres } from '../embedded-postgres/embedded-postgres.ts';
import { addresses } from './addresses.ts';
import { announce } from './announce.ts';
import { claimPorts } from './claim-ports.ts';
import { checkGivenDatabases, findDatabases, migrate } from './databases.ts';
import { lockDataFolder } from './lock.ts';
import { Parts } from './parts.ts';
import { Plane } from './plane.ts';
import { supervise } from './supervise.ts';

/** Both planes and their PostgreSQL: started in order, kept running, stopped in the reverse order. */
export class Launcher {
  readonly #config: LauncherConfig;
  readonly #env: NodeJS.ProcessEnv;
  readonly #parts = new Parts();

  /** @param env what the planes' environments are made from */
  constructor(config: LauncherConfig, env: NodeJS.ProcessEnv) {
    this.#config = config;
    this.#env = env;
  }

  /**
   * Runs until `signal` fires. Nothing is left running when it returns or throws.
   * @throws StartError when something is wrong that a person has to put right, or the first error of what does not stop
   */
  async run(signal: AbortSignal): Promise<void> {
    const failure = new AbortController();
    try {
      await this.#start(AbortSignal.any([signal, failure.signal]));
      if (!signal.aborted) await once(signal, 'abort');
    } catch (error) {
      // A start that is interrupted fails in many ways, and none of them is news.
      if (!signal.aborted) throw error;
    } finally {
      // What is stopped from here on must not be started again.
      failure.abort();
      await this.#parts.stop();
    }
  }

  /** Ends everything at once. */
  kill(): void {
    this.#parts.kill();
  }

  async #start(signal: AbortSignal): Promise<void> {
    const { dtpDrainMs, dtpUrl } = this.#config;
    const at = addresses(this.#config);
    const lock = lockDataFolder(resolve(this.#config.dataDir));
    this.#parts.add({ stop: lock.release, kill: lock.release });
    const longestDrainMs = Math.max(dtpDrainMs, LAST_REQUESTS_MS);
    await claimPorts(this.#config, lock.wasAbandoned ? shutdownLimitMs(longestDrainMs) : 0, signal);
    await checkGivenDatabases(this.#config);
    await buildIfStale(signal);
    const postgres = await this.#startPostgres(signal);
    const databases = await findDatabases(this.#config, postgres, this.#env);
    const env = { ...this.#env, ...databases, DTP_URL: dtpUrl ?? at.dtp };
    const lifeline = postgres?.lifeline ?? null;
    const planes = [
      new Plane({ name: 'dtp-scheduler', url: at.dtp, env, drainMs: dtpDrainMs, lifeline }),
      new Plane({ name: 'taskpilot-api', url: at.taskPilot, env, lifeline }),
    ];
    for (const { name } of planes) await migrate(name, env, signal);
    for (const plane of planes) {
      signal.throwIfAborted();
      this.#parts.add(plane);
      await plane.restart();
    }
    for (const plane of planes) await plane.ready(signal);
    for (const plane of planes) void supervise(plane, signal);
    announce(at, databases, postgres && join(this.#databaseFolder, 'password'));
  }

  get #databaseFolder(): string {
    return resolve(this.#config.dataDir, 'postgres');
  }

  /** None when both planes have been given a database. */
  async #startPostgres(signal: AbortSignal): Promise<EmbeddedPostgres | null> {
    if (this.#config.webdbUrl && this.#config.dtpDbUrl) return null;
    signal.throwIfAborted();
    console.log('Starting PostgreSQL …');
    const postgres = await EmbeddedPostgres.start({ folder: this.#databaseFolder, say: console.log });
    this.#parts.add({ stop: () => postgres.stop(), kill: () => void postgres.kill('SIGQUIT') });
    const restart = () => postgres.restart();
    const exited = () => postgres.exited.then(() => 'see its log');
    void supervise({ name: 'PostgreSQL', exited, restart }, signal);
    return postgres;
  }
}
