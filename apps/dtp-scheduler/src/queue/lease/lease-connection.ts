import type { Sql } from '@taskpilot/platform';
import pg from 'pg';

/**
 * The heartbeat's own connection: a pool that is busy, or blocked, must not cost a worker its lease. After any error
 * it starts afresh with the next query.
 */
export class LeaseConnection implements Sql {
  private readonly url: string;
  private readonly timeoutMs: number;
  private client: Promise<pg.Client> | null = null;

  /** @param timeoutMs bounds connecting and each query, by the client's clock: a hung server says nothing */
  constructor(url: string, timeoutMs: number) {
    this.url = url;
    this.timeoutMs = timeoutMs;
  }

  async query<Row>(statement: string, parameters: readonly unknown[]): Promise<Row[]> {
    try {
      this.client ??= this.connect();
      const client = await this.client;
      const { rows } = await client.query(statement, [...parameters]);
      return rows;
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    const closing = this.client;
    this.client = null;
    // A connection that failed, or is hung, has nothing left to say.
    await closing?.then((client) => client.end()).catch(() => undefined);
  }

  private async connect(): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString: this.url,
      application_name: 'dtp-lease',
      connectionTimeoutMillis: this.timeoutMs,
      query_timeout: this.timeoutMs,
      keepAlive: true,
    });
    // Without a listener the loss of an idle connection would end the thread; the next query notices it anyway.
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }
}
