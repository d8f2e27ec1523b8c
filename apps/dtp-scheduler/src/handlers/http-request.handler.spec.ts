import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:net';
import { createHandler, startTarget, stopTargets, taskOf } from './http-request/targets.testing.ts';
import { NonRetryableFailure, TaskFailure } from './task-handler.ts';

const handler = createHandler();
const failureOf = (run: Promise<unknown>): Promise<TaskFailure> =>
  run.then(
    () => fail(),
    (error) => error,
  );

function fail(): never {
  throw new Error('the handler was expected to fail');
}

afterEach(stopTargets);

describe('what is sent', () => {
  it('is a GET with the headers by which a target knows a repeat', async () => {
    const target = await startTarget((_, response) => response.end('ok'));
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await handler.run(taskOf({ url: `${target.origin}/a?b=c` }, { attempt: 7, traceparent }));
    expect(target.hits).toMatchObject([
      {
        method: 'GET',
        path: '/a?b=c',
        headers: {
          host: `127.0.0.1:${target.port}`,
          'idempotency-key': '019a0000-0000-7000-8000-000000000001',
          'x-task-attempt': '7',
          traceparent,
        },
        body: '',
      },
    ]);
  });

  it('leaves the trace out where none is known', async () => {
    const target = await startTarget((_, response) => response.end());
    await handler.run(taskOf({ url: target.origin }));
    expect(target.hits[0]?.headers).not.toHaveProperty('traceparent');
  });

  it.each<[string, object, string, string | undefined]>([
    ['an object as JSON', { body: { ä: [1, null] } }, '{"ä":[1,null]}', 'application/json'],
    ['null as JSON', { body: null }, 'null', 'application/json'],
    ['a string as it is', { body: 'a=1' }, 'a=1', undefined],
    ['nothing as nothing', {}, '', undefined],
    [
      'JSON under the content type of its author',
      { body: [], headers: { 'Content-Type': 'application/x' } },
      '[]',
      'application/x',
    ],
  ])('carries %s', async (_, payload, body, contentType) => {
    const target = await startTarget((_, response) => response.end());
    await handler.run(taskOf({ method: 'POST', url: target.origin, ...payload }));
    expect(target.hits).toMatchObject([{ method: 'POST', body }]);
    expect(target.hits[0]?.headers['content-type']).toBe(contentType);
    expect(target.hits[0]?.headers['content-length']).toBe(String(Buffer.byteLength(body)));
  });
});

describe('an answer', () => {
  it('of 2xx is the result', async () => {
    const target = await startTarget((_, response) => response.writeHead(201, { 'x-made': 'yes' }).end('Käse'));
    await expect(handler.run(taskOf({ url: target.origin }))).resolves.toMatchObject({
      status: 201,
      headers: { 'x-made': 'yes' },
      body: 'Käse',
      truncated: false,
    });
  });

  it('that is no UTF-8 is replaced where it is not', async () => {
    const target = await startTarget((_, response) => response.end(Buffer.from([0x61, 0xff, 0xc3, 0x62])));
    await expect(handler.run(taskOf({ url: target.origin }))).resolves.toMatchObject({ body: 'a\uFFFD\uFFFDb' });
  });

  it.each([408, 425, 429, 500, 503])('of %i is worth another attempt', async (status) => {
    const target = await startTarget((_, response) => response.writeHead(status).end('busy'.repeat(1_000)));
    const failure = await failureOf(handler.run(taskOf({ url: `${target.origin}/x?token=secret` })));
    expect(failure).not.toBeInstanceOf(NonRetryableFailure);
    expect(failure.retryAfterMs).toBeUndefined();
    expect(failure.error).toEqual({
      code: 'HTTP_STATUS',
      message: `GET ${target.origin}/x answered ${status}`,
      status,
      body: 'busy'.repeat(125),
    });
  });

  it.each([300, 304, 400, 401, 404, 410, 422])('of %i is final', async (status) => {
    const target = await startTarget((_, response) => response.writeHead(status).end());
    const failure = await failureOf(handler.run(taskOf({ url: target.origin })));
    expect(failure).toBeInstanceOf(NonRetryableFailure);
    expect(failure.error).toMatchObject({ code: 'HTTP_STATUS', status });
  });

  it('may name the time of the next attempt', async () => {
    const target = await startTarget((_, response) => response.writeHead(429, { 'retry-after': '17' }).end());
    expect((await failureOf(handler.run(taskOf({ url: target.origin })))).retryAfterMs).toBe(17_000);
  });
});

describe('a failure of the network', () => {
  let server: Server | undefined;
  afterEach(() => server?.close());

  it('is told with its cause when nobody listens', async () => {
    const target = await startTarget((_, response) => response.end());
    await stopTargets();
    const failure = await failureOf(handler.run(taskOf({ url: target.origin })));
    expect(failure).toBeInstanceOf(TaskFailure);
    expect(failure).not.toBeInstanceOf(NonRetryableFailure);
    expect(failure.error).toMatchObject({ code: 'CONNECTION_FAILED', cause: 'ECONNREFUSED' });
    expect(failure.message).toContain(target.origin);
  });

  it.each<[string, string, string]>([
    ['no HTTP at all', 'SSH-2.0-OpenSSH_9.9\r\n', 'HPE_INVALID_CONSTANT'],
    ['half an answer', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf', 'ECONNRESET'],
    ['another protocol', 'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n', 'ECONNRESET'],
    ['endless headers', `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`, 'HPE_HEADER_OVERFLOW'],
  ])('is told when the target answers with %s', async (_, answer, cause) => {
    server = createServer((socket) => {
      socket.on('error', () => socket.destroy());
      socket.once('data', () => socket.end(answer));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as { port: number };
    const failure = await failureOf(handler.run(taskOf({ url: `http://127.0.0.1:${port}/` })));
    expect(failure.error).toMatchObject({ code: 'CONNECTION_FAILED', cause });
  });
});

describe('the signal', () => {
  const reason = new Error('cancelled');

  it.each<[string, (response: ServerResponse) => void]>([
    ['before the headers', () => undefined],
    ['inside the body', (response) => response.writeHead(200).write('begun')],
    ['inside the body of a failure', (response) => response.writeHead(500).write('begun')],
  ])('cuts a target that hangs %s', async (_, hang) => {
    const abort = new AbortController();
    const target = await startTarget((_, response) => {
      hang(response);
      // A turn later, so that what was written is on its way.
      setImmediate(() => abort.abort(reason));
    });
    const connection = once(target.server, 'connection');
    await expect(handler.run(taskOf({ url: target.origin }, { signal: abort.signal }))).rejects.toBe(reason);
    const [socket] = await connection;
    // Not `once`: a connection that was cut may end with an error.
    if (!socket.closed) await new Promise((closed) => socket.on('close', closed));
  });

  it('lets nothing start once it has fired', async () => {
    const target = await startTarget((_, response) => response.end());
    const signal = AbortSignal.abort(reason);
    await expect(handler.run(taskOf({ url: target.origin }, { signal }))).rejects.toBe(reason);
    expect(target.hits).toEqual([]);
  });

  it('ends the wait for a resolver that does not answer', async () => {
    const abort = new AbortController();
    const resolve = () => {
      abort.abort(reason);
      return new Promise<never>(() => undefined);
    };
    const stuck = createHandler({ resolver: { resolve } });
    await expect(stuck.run(taskOf({ url: 'http://slow.example/' }, { signal: abort.signal }))).rejects.toBe(reason);
  });
});
