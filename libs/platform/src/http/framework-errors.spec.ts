import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createSampleApp } from '../testing/sample-app.ts';

describe('what node refuses before there is a request', () => {
  let app: NestFastifyApplication;
  let port: number;

  beforeAll(async () => {
    app = await createSampleApp();
    await app.listen(0, '127.0.0.1');
    port = (app.getHttpServer().address() as AddressInfo).port;
  });
  afterAll(() => app.close());

  /** Sends bytes, and resolves with all that comes back until the server hangs up. */
  const exchange = (bytes: string) =>
    new Promise<{ head: string; problem: Record<string, unknown> }>((resolve, reject) => {
      let answer = '';
      const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
      socket.setEncoding('utf8').on('data', (chunk) => {
        answer += chunk;
      });
      socket.on('error', reject).on('close', () => {
        const [head = '', body = ''] = answer.split('\r\n\r\n');
        resolve({ head, problem: JSON.parse(body) });
      });
    });

  it('answers headers that are too large with 431', async () => {
    const { head, problem } = await exchange(`GET /things HTTP/1.1\r\nhost: x\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`);
    expect(head).toMatch(/^HTTP\/1\.1 431 .*content-type: application\/problem\+json/s);
    expect(problem).toMatchObject({ status: 431, code: 'HEADERS_TOO_LARGE', requestId: expect.any(String) });
  });

  it('answers so after an earlier request on the same connection, too', async () => {
    const good = 'GET /things?limit=1 HTTP/1.1\r\nhost: x\r\n\r\n';
    const socket = connect(port, '127.0.0.1', () => socket.write(good));
    const [first] = (await once(socket, 'data')) as [Buffer];
    expect(first.toString()).toMatch(/^HTTP\/1\.1 200 /);
    socket.write(`GET / HTTP/1.1\r\nhost: x\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`);
    const [second] = (await once(socket, 'data')) as [Buffer];
    expect(second.toString()).toMatch(/^HTTP\/1\.1 431 /);
    socket.destroy();
  });

  it('answers what is not HTTP with 400', async () => {
    const { problem } = await exchange('NONSENSE\r\n\r\n');
    expect(problem).toMatchObject({ status: 400, code: 'BAD_REQUEST' });
  });
});
