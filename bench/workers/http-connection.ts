import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

interface Answer {
  readonly status: number;
  readonly body: string;
}

/**
 * One keep-alive connection, one request at a time. It knows no more of HTTP than our servers' answers need: on a
 * machine that client and server share, `node:http` as the client would take as much of it as the server does.
 */
export class HttpConnection {
  readonly #socket: Socket;
  readonly #host: string;
  #received: Buffer = Buffer.alloc(0);
  #settle: { resolve: (answer: Answer) => void; reject: (error: Error) => void } | null = null;

  private constructor(socket: Socket, host: string) {
    this.#socket = socket;
    this.#host = host;
    socket.setNoDelay();
    socket.on('data', (chunk) => this.#take(chunk));
    socket.on('close', () => this.#settle?.reject(new Error('The server closed the connection.')));
  }

  static async open({ hostname, port, host }: URL): Promise<HttpConnection> {
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    return new HttpConnection(socket, host);
  }

  post(path: string, body: string): Promise<Answer> {
    const length = Buffer.byteLength(body);
    const head = `POST ${path} HTTP/1.1\r\nhost: ${this.#host}\r\ncontent-length: ${length}\r\n`;
    // A JSON content type with an empty body would be refused.
    const type = length > 0 ? 'content-type: application/json\r\n' : '';
    this.#socket.write(`${head}${type}\r\n${body}`);
    return this.#answer();
  }

  get(path: string): Promise<Answer> {
    this.#socket.write(`GET ${path} HTTP/1.1\r\nhost: ${this.#host}\r\n\r\n`);
    return this.#answer();
  }

  close(): void {
    this.#socket.destroy();
  }

  #answer(): Promise<Answer> {
    return new Promise((resolve, reject) => (this.#settle = { resolve, reject }));
  }

  #take(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    const headEnd = this.#received.indexOf('\r\n\r\n');
    if (headEnd < 0) return;
    const head = this.#received.toString('latin1', 0, headEnd);
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1]);
    if (Number.isNaN(length)) throw new Error(`An answer without Content-Length:\n${head}`);
    const end = headEnd + 4 + length;
    if (this.#received.length < end) return;
    const body = this.#received.toString('utf8', headEnd + 4, end);
    this.#received = this.#received.subarray(end);
    this.#settle?.resolve({ status: Number(head.slice(9, 12)), body });
  }
}
