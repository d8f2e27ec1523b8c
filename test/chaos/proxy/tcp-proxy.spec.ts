import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { TcpProxy } from './tcp-proxy.ts';

let echo: Server;
let heard: string[];
let proxy: TcpProxy;

beforeEach(async () => {
  heard = [];
  echo = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      heard.push(String(chunk));
      socket.write(`re: ${chunk}`);
    });
  });
  echo.listen(0, '127.0.0.1');
  await once(echo, 'listening');
  proxy = await TcpProxy.start({ host: '127.0.0.1', port: (echo.address() as AddressInfo).port });
});
afterEach(async () => {
  await proxy.stop();
  echo.close();
});

interface Caller {
  readonly socket: Socket;
  said: string;
  /** How the connection ended, `null` while it is open. */
  end: string | null;
}

async function call(): Promise<Caller> {
  const caller: Caller = { socket: connect(proxy.port, '127.0.0.1'), said: '', end: null };
  caller.socket.on('data', (chunk) => (caller.said += String(chunk)));
  caller.socket.on('error', (error: NodeJS.ErrnoException) => (caller.end = error.code ?? 'error'));
  caller.socket.on('end', () => (caller.end ??= 'FIN'));
  await once(caller.socket, 'connect');
  return caller;
}

async function until(true_: () => boolean): Promise<void> {
  while (!true_()) await new Promise((resolve) => setTimeout(resolve, 5));
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 100));

it('passes what is sent both ways, and the end of it', async () => {
  const caller = await call();
  caller.socket.write('hello');
  await until(() => caller.said === 're: hello');
  caller.socket.end();
  await until(() => caller.end === 'FIN');
});

it('delays', async () => {
  proxy.behave({ kind: 'delay', ms: 60 });
  const startedAt = performance.now();
  const caller = await call();
  caller.socket.write('hello');
  await until(() => caller.said === 're: hello');
  expect(performance.now() - startedAt).toBeGreaterThan(115);
});

it('throttles', async () => {
  proxy.behave({ kind: 'throttle', bytesPerSecond: 100_000 });
  const caller = await call();
  const startedAt = performance.now();
  caller.socket.write('x'.repeat(10_000));
  await until(() => heard.join('').length === 10_000);
  expect(performance.now() - startedAt).toBeGreaterThan(90);
});

it('holds what is sent, and delivers it late', async () => {
  const caller = await call();
  proxy.behave({ kind: 'hold' });
  caller.socket.write('late');
  await settle();
  expect(heard).toEqual([]);
  proxy.heal();
  await until(() => caller.said === 're: late');
});

it('delivers what was held although its sender has died meanwhile', async () => {
  const caller = await call();
  proxy.behave({ kind: 'hold' });
  caller.socket.write('last words');
  await settle();
  caller.socket.destroy();
  proxy.heal();
  await until(() => heard.includes('last words'));
});

it('swallows in silence, and cuts the torn connection once it heals', async () => {
  const caller = await call();
  proxy.behave({ kind: 'blackhole' });
  caller.socket.write('gone');
  await settle();
  expect([heard, caller.end]).toEqual([[], null]);
  proxy.heal();
  await until(() => caller.end !== null);
  expect(caller.end).toBe('ECONNRESET');
  expect(heard).toEqual([]);
});

it('keeps a connection whose ends it has swallowed, until it heals', async () => {
  const answering: Socket[] = [];
  echo.on('connection', (socket) => answering.push(socket));
  const caller = await call();
  caller.socket.write('hello');
  await until(() => caller.said === 're: hello');
  proxy.behave({ kind: 'blackhole' });
  for (const socket of [caller.socket, ...answering]) socket.end();
  await settle();
  expect([proxy.connections, caller.end]).toEqual([1, null]);
  proxy.heal();
  await until(() => proxy.connections === 0);
});

it('loses the answer to a chosen request, which is carried out', async () => {
  proxy.behave({ kind: 'loseAnswers', to: (request) => request.includes('pay') });
  const caller = await call();
  caller.socket.write('look');
  await until(() => caller.said === 're: look');
  caller.socket.write('pay');
  await until(() => caller.end === 'ECONNRESET');
  expect([heard, caller.said, proxy.answersLost]).toEqual([['look', 'pay'], 're: look', 1]);
});

it('refuses, resets and half-closes', async () => {
  const caller = await call();
  proxy.halfClose();
  await until(() => caller.end === 'FIN');

  const other = await call();
  proxy.reset();
  await until(() => other.end === 'ECONNRESET');

  const open = await call();
  proxy.behave({ kind: 'refuse' });
  await until(() => open.end === 'ECONNRESET');
  const late = await call().catch(() => null);
  if (late) await until(() => late.end !== null);
  proxy.heal();
  const healed = await call();
  healed.socket.write('hello');
  await until(() => healed.said === 're: hello');
});
