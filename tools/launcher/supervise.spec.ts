import { setImmediate as turn } from 'node:timers/promises';
import { jest } from '@jest/globals';
import { supervise } from './supervise.ts';

describe('supervise', () => {
  it('starts again what exits, until it is told to stop', async () => {
    const error = jest.spyOn(console, 'error').mockImplementation(() => {});
    const stopping = new AbortController();
    let exit: (words: string) => void = () => {};
    let isUp = Promise.withResolvers<void>();
    let starts = 0;
    const nextExit = () => new Promise<string>((resolve) => (exit = resolve));
    const done = supervise(
      {
        name: 'plane',
        exited: nextExit,
        restart: async () => {
          starts++;
          setImmediate(isUp.resolve);
        },
      },
      stopping.signal,
    );
    exit('SIGKILL');
    await isUp.promise;
    isUp = Promise.withResolvers<void>();
    exit('exit code 1');
    await isUp.promise;
    await turn();
    stopping.abort();
    exit('SIGTERM');
    await done;
    expect(starts).toBe(2);
    expect(error.mock.calls.flat()).toEqual([
      'plane has stopped (SIGKILL); it is started again in 250 ms.',
      'plane has stopped (exit code 1); it is started again in 500 ms.',
    ]);
    error.mockRestore();
  });
});
