import { setTimeout as delay } from 'node:timers/promises';
import { HttpConnection } from '../workers/http-connection.ts';

const POLL_MS = 1;

/** A caller of DTP's HTTP with one task under way, who takes as little of the machine as it can. */
export class EchoCaller {
  readonly #connection: HttpConnection;

  private constructor(connection: HttpConnection) {
    this.#connection = connection;
  }

  static async open(dtpUrl: string): Promise<EchoCaller> {
    return new EchoCaller(await HttpConnection.open(new URL(dtpUrl)));
  }

  close(): void {
    this.#connection.close();
  }

  /** Creates an `echo` task. Resolves to its id. */
  async post(): Promise<string> {
    const { status, body } = await this.#connection.post('/tasks', '{"type":"echo","payload":{"hello":"world"}}');
    if (status !== 201) throw new Error(`POST /tasks answered ${status}: ${body}`);
    return (JSON.parse(body) as { id: string }).id;
  }

  /** From `POST /tasks` to `SUCCEEDED` as its caller sees it, polling every millisecond. Resolves to ms. */
  async postUntilSucceeded(): Promise<number> {
    const started = performance.now();
    await this.untilSucceeded(await this.post());
    return performance.now() - started;
  }

  async untilSucceeded(id: string): Promise<void> {
    for (;;) {
      const { body } = await this.#connection.get(`/tasks/${id}`);
      if ((JSON.parse(body) as { state: string }).state === 'SUCCEEDED') return;
      await delay(POLL_MS);
    }
  }
}
