import { Agent, request } from 'node:http';
import type { FuzzRequest } from './requests.ts';

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

const PATIENCE_MS = 20_000;

/** Sends requests as they are, where a friendlier client would mend them. */
export class Exchange {
  private readonly agent = new Agent({ keepAlive: true });
  private readonly origin: URL;

  constructor(url: string) {
    this.origin = new URL(url);
  }

  /** @throws when there is no answer in time, or none that is HTTP */
  send({ method, target, headers, body }: FuzzRequest): Promise<Answer> {
    const length = body === null ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    return new Promise((resolve, reject) => {
      const { hostname, port } = this.origin;
      const options = { agent: this.agent, hostname, port, path: target, method, headers: { ...headers, ...length } };
      const outgoing = request({ ...options, timeout: PATIENCE_MS }, (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () => {
          const { statusCode: status = 0, headers: received } = incoming;
          const text = Buffer.concat(chunks).toString();
          resolve({ status, contentType: received['content-type'] ?? '', headers: received, text });
        });
      });
      outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer within ${PATIENCE_MS} ms`)));
      outgoing.on('error', reject);
      outgoing.end(body ?? undefined);
    });
  }

  close(): void {
    this.agent.destroy();
  }

  /** The same request, for a person to try. */
  curl({ method, target, headers, body }: FuzzRequest): string {
    const fields = Object.entries(headers).map(
      ([name, value]) => ` -H ${quoted(value === '' ? `${name};` : `${name}: ${value}`)}`,
    );
    const bytes = Buffer.from(body ?? '');
    const isText = Buffer.from(bytes.toString()).equals(bytes) && !bytes.includes(0) && bytes.length < 100_000;
    const data = isText
      ? ` --data-binary ${quoted(bytes.toString())}`
      : ` --data-binary @<(printf %s ${bytes.subarray(0, 4_096).toString('base64')} | base64 -d) # ${bytes.length} bytes`;
    const url = new URL(this.origin).origin + target;
    return `curl -g --path-as-is -X ${method} ${quoted(url)}${fields.join('')}${body === null ? '' : data}`;
  }
}

const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
