import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { SteadyInterval } from './steady-interval.ts';

beforeAll(() => Logger.overrideLogger(false));

describe('SteadyInterval', () => {
  let registry: SchedulerRegistry;
  let run: jest.Mock<(stopping: AbortSignal) => Promise<number>>;
  let interval: SteadyInterval;

  beforeEach(() => {
    jest.useFakeTimers();
    registry = new SchedulerRegistry();
    run = jest.fn(async () => 1_000);
    interval = new SteadyInterval({ name: 'work', everyMs: 1_000, run }, registry);
  });

  afterEach(async () => {
    await interval.stop();
    jest.useRealTimers();
  });

  const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);
  /** The next run lasts until the returned function is called. */
  const hold = () => {
    const { promise, resolve } = Promise.withResolvers<number>();
    run.mockReturnValueOnce(promise);
    return () => resolve(1_000);
  };

  it('runs at once, then on every interval of the registry', async () => {
    interval.start();
    expect(registry.getIntervals()).toEqual(['work']);
    expect(run).toHaveBeenCalledTimes(1);
    await pass(3_000);
    expect(run).toHaveBeenCalledTimes(4);
  });

  it('never overlaps itself, and makes one more run of all wake-ups meanwhile', async () => {
    const release = hold();
    interval.start();
    interval.wake();
    interval.wake();
    await pass(2_500);
    expect(run).toHaveBeenCalledTimes(1);
    release();
    await pass(1);
    expect(run).toHaveBeenCalledTimes(2);
  });

  it('runs again sooner where it asks for that', async () => {
    run.mockResolvedValueOnce(50);
    interval.start();
    await pass(49);
    expect(run).toHaveBeenCalledTimes(1);
    await pass(1);
    expect(run).toHaveBeenCalledTimes(2);
  });

  it('outlives errors, with pauses that grow to five seconds and then end', async () => {
    run.mockRejectedValue(new Error('away'));
    interval.start();
    await pass(49);
    interval.wake();
    expect(run).toHaveBeenCalledTimes(1);
    await pass(30_000);
    const soFar = run.mock.calls.length;
    expect(soFar).toBeGreaterThan(8);
    await pass(5_000);
    expect(run.mock.calls.length - soFar).toBeLessThanOrEqual(2);
    run.mockResolvedValue(1_000);
    await pass(5_000);
    run.mockClear();
    await pass(5_000);
    expect(run).toHaveBeenCalledTimes(5);
  });

  it('stops when the run under way has ended, which it is told of, and starts no other', async () => {
    const release = hold();
    interval.start();
    let stopped = false;
    const stopping = interval.stop().then(() => {
      stopped = true;
    });
    interval.wake();
    await pass(0);
    expect(run.mock.calls[0]?.[0].aborted).toBe(true);
    expect(stopped).toBe(false);
    release();
    await stopping;
    await pass(5_000);
    expect(run).toHaveBeenCalledTimes(1);
    expect(registry.getIntervals()).toEqual([]);
    expect(jest.getTimerCount()).toBe(0);
  });
});
