import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createSampleApp } from '../testing/sample-app.ts';

describe('a server that closes', () => {
  let app: NestFastifyApplication;
  let answer: PromiseWithResolvers<unknown>;
  let find: () => unknown;
  const sockets: Socket[] = [];

  beforeEach(async () => {
    answer = Promise.withResolvers();
    find = () => answer.promise;
    app = await createSampleApp({ find: () => find() });
    await app.listen(0, '127.0.0.1');
  });
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
  });

  async function connected(text = ''): Promise<Socket> {
    const { port } = new URL(await app.getUrl());
    const socket = connect(Number(port), '127.0.0.1');
    sockets.push(socket);
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    if (text) socket.write(text);
    // It has to be known to the server as well.
    await new Promise((resolve) => setTimeout(resolve, 50));
    return socket;
  }

  const REQUEST = 'GET /things/01900000-0000-7000-8000-000000000001 HTTP/1.1\r\nhost: localhost\r\n\r\n';

  it('does not wait for connections on which nothing has been asked, or not all of it', async () => {
    await connected();
    await connected(REQUEST.slice(0, 30));
    const startedAt = performance.now();
    await app.close();
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });

  it('waits for the second of two requests that came at once', async () => {
    const second = Promise.withResolvers<unknown>();
    const answers = [answer.promise, second.promise];
    find = () => answers.shift();
    const socket = await connected(REQUEST + REQUEST);
    let received = '';
    socket.on('data', (chunk) => (received += String(chunk)));
    answer.resolve({ found: 1 });
    await new Promise((resolve) => setTimeout(resolve, 50));
    const closed = app.close();
    setTimeout(() => second.resolve({ found: 2 }), 500);
    await closed;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(received).toContain('{"found":1}');
    expect(received).toContain('{"found":2}');
  });

  it('waits for the answer that is under way, and gives it', async () => {
    const socket = await connected(REQUEST);
    let received = '';
    socket.on('data', (chunk) => (received += String(chunk)));
    const closed = app.close();
    setTimeout(() => answer.resolve({ found: true }), 500);
    await closed;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(received).toContain('{"found":true}');
  });
});
