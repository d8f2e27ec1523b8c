import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

export interface Told {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly tookMs: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly path: string;
  readonly key?: string;
  readonly body?: object;
}

/** Many callers at once, each on a connection of its own. */
export class Crowd {
  readonly #agent = new Agent({ keepAlive: true });
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  /** Rejects when no whole answer comes. */
  send({ method, path, key, body }: Call): Promise<Told> {
    const text = body && JSON.stringify(body);
    const headers = { ...(text && { 'content-type': 'application/json' }), ...(key && { 'idempotency-key': key }) };
    const sentAt = performance.now();
    return new Promise((resolve, reject) => {
      const call = request(`${this.#url}${path}`, { agent: this.#agent, method, headers }, async (response) => {
        try {
          const answer = (await response.setEncoding('utf8').toArray()).join('');
          const { statusCode: status = 0, headers: told } = response;
          const tookMs = performance.now() - sentAt;
          resolve({ status, retryAfter: told['retry-after'], tookMs, body: JSON.parse(answer) });
        } catch (error) {
          reject(error);
        }
      });
      call.on('error', reject).end(text);
    });
  }

  /** So many callers make one call after another until the time is over. Those that are refused wait before the next. */
  async press(
    callers: number,
    forMs: number,
    pauseMs: number,
    next: (caller: number, last: Told | null) => Call,
    hear: (call: Call, told: Told) => void = () => undefined,
  ): Promise<Told[]> {
    const all: Told[] = [];
    const end = performance.now() + forMs;
    const caller = async (index: number): Promise<void> => {
      await delay((pauseMs * index) / callers);
      for (let last: Told | null = null; performance.now() < end; ) {
        const call = next(index, last);
        last = await this.send(call);
        all.push(last);
        hear(call, last);
        if (last.status >= 500) await delay(pauseMs);
      }
    };
    await Promise.all(Array.from({ length: callers }, (_, index) => caller(index)));
    return all;
  }

  close(): void {
    this.#agent.destroy();
  }
}
