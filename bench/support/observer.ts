import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';

/** A connection that watches a database and counts what it does itself, so that this can be left out of the figures. */
export class Observer {
  readonly client: Client;
  #asked = 0;

  private constructor(client: Client) {
    this.client = client;
  }

  static async connect(url: string): Promise<Observer> {
    const client = new Client(url);
    await client.connect();
    return new Observer(client);
  }

  /** Statements so far, each a transaction of its own. */
  get asked(): number {
    return this.#asked;
  }

  async query<Row extends object>(statement: string): Promise<Row[]> {
    this.#asked++;
    return (await this.client.query<Row>(statement)).rows;
  }

  async finds(statement: string): Promise<boolean> {
    return (await this.query(statement)).length > 0;
  }

  /** Asks again and again until the statement finds nothing. */
  async untilNone(statement: string, everyMs: number, check: () => void): Promise<void> {
    while (await this.finds(statement)) {
      check();
      await delay(everyMs);
    }
  }

  /** Bytes of write-ahead log that the server has ever written. */
  async walBytes(): Promise<number> {
    const [row] = await this.query<{ bytes: string }>(`SELECT pg_current_wal_lsn() - '0/0'::pg_lsn AS bytes`);
    return Number(row?.bytes);
  }

  async backendPid(): Promise<number> {
    const [row] = await this.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    return row?.pid ?? 0;
  }
}
