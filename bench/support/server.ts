import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { EmbeddedPostgres } from '../../tools/embedded-postgres/embedded-postgres.ts';

export interface Database {
  readonly name: string;
  readonly url: string;
  drop(): Promise<void>;
}

/** The PostgreSQL that all contenders share, each in databases of its own. */
export class Server {
  /** Connected to the server's own database, so that what it asks is not counted anywhere. */
  readonly admin: Client;
  readonly #url: string;
  readonly #embedded: EmbeddedPostgres | null;
  #made = 0;
  #open = new Set<string>();

  private constructor(url: string, admin: Client, embedded: EmbeddedPostgres | null) {
    this.#url = url;
    this.admin = admin;
    this.#embedded = embedded;
  }

  /** @param url of a superuser, on a server of your own; without it an embedded one is started, gone afterwards */
  static async start(url: string | undefined): Promise<Server> {
    const embedded = url ? null : await startEmbedded();
    const address = url ?? embedded?.url('postgres') ?? '';
    const admin = new Client(address);
    await admin.connect();
    return new Server(address, admin, embedded);
  }

  /** @param template a database to begin as a copy of; nobody may be connected to it */
  async createDatabase(template?: Database): Promise<Database> {
    const name = `bench_${process.pid}_${++this.#made}`;
    if (template) await this.untilLeft(template);
    await this.admin.query(`CREATE DATABASE ${name} ${template ? `TEMPLATE ${template.name} STRATEGY file_copy` : ''}`);
    this.#open.add(name);
    const url = new URL(this.#url);
    url.pathname = name;
    return { name, url: url.href, drop: () => this.#drop(name) };
  }

  /** Resolves when nobody is connected: then the server's statistics hold all that was done there. */
  async untilLeft({ name }: Database): Promise<void> {
    const connected = 'SELECT FROM pg_stat_activity WHERE datname = $1';
    while ((await this.admin.query(connected, [name])).rowCount) await delay(10);
  }

  /** Committed or not, from the database's beginning on. */
  async transactions({ name }: Database): Promise<number> {
    const { rows } = await this.admin.query<{ count: string }>(
      'SELECT xact_commit + xact_rollback AS count FROM pg_stat_database WHERE datname = $1',
      [name],
    );
    return Number(rows[0]?.count);
  }

  /** What it is and how it is set, so far as that moves the figures. */
  async describe(): Promise<Record<string, string>> {
    const { rows } = await this.admin.query<{ name: string; setting: string }>(
      `SELECT name, current_setting(name) AS setting FROM pg_settings WHERE name IN
         ('server_version', 'fsync', 'synchronous_commit', 'full_page_writes', 'shared_buffers', 'max_wal_size', 'jit')`,
    );
    return Object.fromEntries(rows.map(({ name, setting }) => [name, setting]));
  }

  async stop(): Promise<void> {
    for (const name of this.#open) await this.#drop(name).catch(() => undefined);
    await this.admin.end();
    await this.#embedded?.stop();
  }

  async #drop(name: string): Promise<void> {
    await this.admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
    this.#open.delete(name);
  }
}

const startEmbedded = (): Promise<EmbeddedPostgres> =>
  EmbeddedPostgres.start({ folder: mkdtempSync(join(tmpdir(), 'taskpilot-bench-')), temporary: true });
