import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { TaskContext } from '../handlers/task-handler.ts';
import { claimed, createWorker } from './testing/worker.ts';

const obedient = ({ signal }: TaskContext) =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
  });

beforeAll(() => Logger.overrideLogger(false));
beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

async function running(settings = {}, ...ready: ReturnType<typeof claimed>[]) {
  const worker = createWorker(obedient, settings);
  worker.queue.ready.fresh = ready;
  worker.lifecycle.onApplicationBootstrap();
  await jest.advanceTimersByTimeAsync(10);
  return worker;
}

describe('CancelWatch', () => {
  it('tells a handler within a second', async () => {
    const worker = await running({}, claimed({ id: 'a' }), claimed({ id: 'b' }));
    worker.queue.cancellingRefs = [{ id: 'a', attempt: 1 }];
    await jest.advanceTimersByTimeAsync(1_000);
    expect(worker.queue.ends).toMatchObject([{ id: 'a', verb: 'settle' }]);
  });

  it('tells it at once where a hint arrives', async () => {
    const worker = await running({}, claimed({ id: 'a' }));
    worker.queue.cancellingRefs = [{ id: 'a', attempt: 1 }];
    worker.hints.cancelling();
    await jest.advanceTimersByTimeAsync(1);
    expect(worker.queue.ends).toMatchObject([{ id: 'a', verb: 'settle' }]);
  });

  it('leaves another attempt at the same task alone', async () => {
    const worker = await running({}, claimed({ id: 'a', attempt: 2 }));
    worker.queue.cancellingRefs = [{ id: 'a', attempt: 1 }];
    await jest.advanceTimersByTimeAsync(1_000);
    expect(worker.queue.ends).toEqual([]);
  });

  it('does not ask while nothing is held', async () => {
    const worker = await running();
    const cancelling = jest.spyOn(worker.queue, 'cancelling');
    await jest.advanceTimersByTimeAsync(3_000);
    expect(cancelling).not.toHaveBeenCalled();
  });
});
