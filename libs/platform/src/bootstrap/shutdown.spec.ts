import { jest } from '@jest/globals';
import { type INestApplication, Logger } from '@nestjs/common';
import { shutDownOnRequest } from './shutdown.ts';

let drained: PromiseWithResolvers<void>;
let exit: Promise<unknown>;
let exits: unknown[];

beforeEach(() => {
  Logger.overrideLogger(false);
  Object.defineProperty(process, 'channel', { value: {}, configurable: true });
  drained = Promise.withResolvers();
  exits = [];
  const { promise, resolve } = Promise.withResolvers<unknown>();
  exit = promise;
  jest.spyOn(process, 'exit').mockImplementation((code) => {
    exits.push(code);
    resolve(code);
    return undefined as never;
  });
});
afterEach(() => {
  jest.restoreAllMocks();
  for (const event of ['SIGTERM', 'SIGINT', 'SIGHUP', 'disconnect']) process.removeAllListeners(event);
});

function start(limitMs = 60_000): void {
  const app = { get: () => ({ drain: () => {} }), close: () => drained.promise };
  shutDownOnRequest(app as unknown as INestApplication, limitMs);
}

describe('shutDownOnRequest', () => {
  it.each(['SIGTERM', 'disconnect'])('drains and exits 0 on %s', async (event) => {
    start();
    process.emit(event as 'SIGTERM', 'SIGTERM');
    expect(exits).toEqual([]);
    drained.resolve();
    expect(await exit).toBe(0);
  });

  it('exits 1 at once on a second signal', async () => {
    start();
    const now = jest.spyOn(performance, 'now').mockReturnValue(1_000);
    process.emit('SIGINT', 'SIGINT');
    now.mockReturnValue(1_600);
    process.emit('SIGINT', 'SIGINT');
    expect(exits).toEqual([1]);
  });

  it('takes the same signal, handed on by npm, for one request', async () => {
    start();
    process.emit('SIGTERM', 'SIGTERM');
    process.emit('SIGTERM', 'SIGTERM');
    expect(exits).toEqual([]);
    drained.resolve();
    expect(await exit).toBe(0);
  });

  it('goes on draining when the launcher dies meanwhile', async () => {
    start();
    process.emit('SIGTERM', 'SIGTERM');
    process.emit('disconnect');
    expect(exits).toEqual([]);
    drained.resolve();
    expect(await exit).toBe(0);
  });

  it('gives up, with exit 1, on what does not end in time', async () => {
    start(20);
    process.emit('SIGTERM', 'SIGTERM');
    expect(await exit).toBe(1);
  });

  it('exits 1 when the application cannot close', async () => {
    start();
    process.emit('SIGTERM', 'SIGTERM');
    drained.reject(new Error('no'));
    expect(await exit).toBe(1);
  });
});
