import { execFile } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { built } from '../../../tools/build.ts';
import { EmbeddedPostgres } from '../../../tools/embedded-postgres/embedded-postgres.ts';
import { INSTALL_TRANSITION_LOG } from '../recording/transition-log.ts';
import type { SmallDisk } from './small-disk.ts';

export type Database = 'webdb' | 'dtp';

/** Durable as in production: a crash must not lose what was acknowledged. */
const SETTINGS = { max_connections: '400', max_wal_size: '256MB', shared_buffers: '256MB' };

const REVIVES_MS = 60_000;
/** More than `max_wal_size` lets it keep. */
const MOST_SEGMENTS = 40;

/** The PostgreSQL of one run, with both databases: to be crashed at will. */
export class Store {
  readonly #postgres: EmbeddedPostgres;

  private constructor(postgres: EmbeddedPostgres) {
    this.#postgres = postgres;
  }

  /** @param disk where its files are kept; the system's temporary folder otherwise */
  static async start(disk?: SmallDisk): Promise<Store> {
    const folder = mkdtempSync(join(disk?.folder ?? tmpdir(), 'taskpilot-chaos-'));
    const store = new Store(await EmbeddedPostgres.start({ folder, temporary: true, settings: SETTINGS }));
    try {
      await Promise.all([
        store.#prepare('webdb', 'taskpilot-api', 'WEBDB_URL'),
        store.#prepare('dtp', 'dtp-scheduler', 'DTP_DB_URL'),
      ]);
      await store.query('dtp', INSTALL_TRANSITION_LOG);
      return store;
    } catch (error) {
      await store.stop();
      throw error;
    }
  }

  get port(): number {
    return this.#postgres.port;
  }

  url(database: Database): string {
    return this.#postgres.url(database);
  }

  /** On a connection of its own, since the server may have crashed since the last one. */
  async query<Row extends object>(database: Database, sql: string, values?: readonly unknown[]): Promise<Row[]> {
    const client = new Client({ connectionString: this.url(database), connectionTimeoutMillis: 5_000 });
    client.on('error', () => undefined);
    await client.connect();
    try {
      const { rows } = await client.query<Row>(sql, values && [...values]);
      return rows;
    } finally {
      await client.end();
    }
  }

  /** An immediate shutdown: no checkpoint, no goodbye. Starts again, and resolves when it has recovered. */
  async crash(): Promise<void> {
    await this.#postgres.kill('SIGQUIT');
    await this.#postgres.restart();
  }

  /** Writes log until there is no room for more, of which the server dies. */
  async exhaustLog(): Promise<void> {
    const segments = Array.from({ length: MOST_SEGMENTS });
    for (const _ of segments) {
      try {
        await this.query('dtp', "SELECT pg_logical_emit_message(false, 'chaos', 'x'), pg_switch_wal()");
      } catch {
        return;
      }
    }
    throw new Error(`PostgreSQL found room for ${MOST_SEGMENTS} segments of log.`);
  }

  /** Starts the server again where it has died of what was done to it. Resolves when it answers. */
  async revive(): Promise<'had died' | 'lived'> {
    let fate: 'had died' | 'lived' = 'lived';
    for (const deadline = performance.now() + REVIVES_MS; performance.now() < deadline; await delay(50)) {
      if (await this.query('dtp', 'SELECT').catch(() => null)) return fate;
      const hasExited = await Promise.race([this.#postgres.exited.then(() => true), delay(500).then(() => false)]);
      if (!hasExited) continue;
      fate = 'had died';
      await this.#postgres.restart();
    }
    throw new Error(`PostgreSQL does not answer within ${REVIVES_MS} ms.`);
  }

  /** As a standby would be, before it is promoted. */
  async makeReadOnly(isOn: boolean): Promise<void> {
    await this.query('dtp', `ALTER SYSTEM SET default_transaction_read_only = ${isOn ? 'on' : 'off'}`);
    await this.query('dtp', 'SELECT pg_reload_conf()');
  }

  stop(): Promise<void> {
    return this.#postgres.stop();
  }

  async #prepare(database: Database, app: string, variable: string): Promise<void> {
    await this.#postgres.createDatabase(database);
    const env = { PATH: process.env.PATH, [variable]: this.url(database) };
    await promisify(execFile)(process.execPath, [built(app, 'database/migrate')], { env });
  }
}
