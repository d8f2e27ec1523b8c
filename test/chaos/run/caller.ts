import { Agent, request } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly retryAfter: string | undefined;
}

const PATIENCE_MS = 15_000;

/** Calls the control plane, wherever it is at the moment. */
export class Caller {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 });
  readonly #url: () => string;
  /** Requests that are under way. */
  pending = 0;

  constructor(url: () => string) {
    this.#url = url;
  }

  /** Rejects when no whole answer comes. */
  async send(method: 'GET' | 'POST' | 'PUT', path: string, body?: object, headers?: object): Promise<Answer> {
    this.pending++;
    try {
      return await this.#exchange(method, path, body && JSON.stringify(body), { ...headers });
    } finally {
      this.pending--;
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  #exchange(method: string, path: string, body: string | undefined, headers: Record<string, string>): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const content = body === undefined ? {} : { 'content-type': 'application/json' };
      const options = { agent: this.#agent, method, headers: { ...content, ...headers }, timeout: PATIENCE_MS };
      const call = request(`${this.#url()}${path}`, options, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (text += chunk));
        response.on('error', reject);
        response.on('end', () => {
          try {
            const { statusCode = 0, headers } = response;
            resolve({ status: statusCode, body: JSON.parse(text), retryAfter: headers['retry-after'] });
          } catch (error) {
            reject(error);
          }
        });
      });
      call.on('error', reject);
      call.on('timeout', () => call.destroy(new Error(`no answer within ${PATIENCE_MS} ms`)));
      call.end(body);
    });
  }
}
