import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { monotonicMs } from '../queue/lease/lease.port.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import { FakeLease } from './testing/fake-lease.ts';
import { FakeTaskQueue } from './testing/fake-task-queue.ts';
import { configured, registryOf } from './testing/worker.ts';

const LEASE_MS = 30_000;

beforeAll(() => Logger.overrideLogger(false));

describe('LeaseKeeper', () => {
  let port: FakeLease;
  let queue: FakeTaskQueue;
  let keeper: LeaseKeeper;
  let lost: string[];

  beforeEach(async () => {
    jest.useFakeTimers();
    port = new FakeLease();
    queue = new FakeTaskQueue();
    lost = [];
    keeper = new LeaseKeeper(port, queue, registryOf({}), configured({ leaseMs: LEASE_MS }));
    keeper.onLost((workerId) => void lost.push(workerId));
    keeper.start();
    await jest.advanceTimersByTimeAsync(0);
  });

  afterEach(async () => {
    await keeper.close();
    jest.useRealTimers();
  });

  it('mints its id and is safe once the lease lives', () => {
    expect(keeper.workerId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    expect(keeper.isSafe()).toBe(true);
  });

  it('stays safe for as long as heartbeats are good', async () => {
    const { workerId } = keeper;
    for (let beat = 0; beat < 10; beat++) {
      await jest.advanceTimersByTimeAsync(LEASE_MS / 3);
      port.beatMs = monotonicMs();
    }
    expect(keeper.workerId).toBe(workerId);
    expect(lost).toEqual([]);
  });

  it('gives the worker up before its lease ends, by when the last good heartbeat was sent', async () => {
    const { workerId } = keeper;
    await jest.advanceTimersByTimeAsync(LEASE_MS - 1_001);
    expect(lost).toEqual([]);
    await jest.advanceTimersByTimeAsync(2);
    expect(lost).toEqual([workerId]);
  });

  it('becomes another worker after it has retired the old one', async () => {
    const { workerId } = keeper;
    const renewed = jest.fn();
    keeper.onRenewed(renewed);
    port.lapse(workerId ?? '');
    expect(keeper.workerId).toBeNull();
    expect(keeper.isSafe()).toBe(false);
    await jest.advanceTimersByTimeAsync(0);
    expect(queue.retired).toEqual([workerId]);
    expect(port.acquired).toEqual([workerId, keeper.workerId]);
    expect(keeper.workerId).not.toBe(workerId);
    expect(renewed).toHaveBeenCalledTimes(1);
  });

  it('waits with that for the database', async () => {
    const retire = jest
      .spyOn(queue, 'retire')
      .mockRejectedValueOnce(new Error('away'))
      .mockRejectedValueOnce(new Error('away'));
    port.lapse(keeper.workerId ?? '');
    await jest.advanceTimersByTimeAsync(40);
    expect(keeper.workerId).toBeNull();
    await jest.advanceTimersByTimeAsync(1_000);
    expect(retire).toHaveBeenCalledTimes(3);
    expect(keeper.workerId).not.toBeNull();
  });

  it('hands back within the lease that rescuers wait after an outage, however long that was', async () => {
    const leaseMs = 1_500;
    const hasty = new LeaseKeeper(port, queue, registryOf({}), configured({ leaseMs }));
    hasty.start();
    await jest.advanceTimersByTimeAsync(0);
    jest.spyOn(Math, 'random').mockReturnValue(0.99);
    const retire = jest.spyOn(queue, 'retire').mockRejectedValue(new Error('away'));
    port.lapse(hasty.workerId ?? '');
    await jest.advanceTimersByTimeAsync(20_000);
    retire.mockClear();
    await jest.advanceTimersByTimeAsync(leaseMs / 2);
    expect(retire).toHaveBeenCalled();
    await hasty.close();
    jest.restoreAllMocks();
  });

  it('waits for those who still use the old id, but not for ever', async () => {
    keeper.onLost(() => new Promise(() => undefined));
    port.lapse(keeper.workerId ?? '');
    await jest.advanceTimersByTimeAsync(LEASE_MS / 3 - 1);
    expect(queue.retired).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    expect(queue.retired).toHaveLength(1);
  });

  it('retires a worker that is being replaced when it is closed, once', async () => {
    const { workerId } = keeper;
    keeper.onLost(() => new Promise(() => undefined));
    port.lapse(workerId ?? '');
    await keeper.close();
    expect(queue.retired).toEqual([workerId]);
    await jest.advanceTimersByTimeAsync(LEASE_MS);
    expect(queue.retired).toEqual([workerId]);
    expect(port.acquired).toEqual([workerId]);
  });

  it('hears of a lapse once, and only of its own', async () => {
    const { workerId } = keeper;
    port.lapse('another worker');
    expect(lost).toEqual([]);
    port.lapse(workerId ?? '');
    port.lapse(workerId ?? '');
    expect(lost).toEqual([workerId]);
  });

  it('retires when it is closed, and takes no new lease', async () => {
    const { workerId } = keeper;
    await keeper.close();
    expect(queue.retired).toEqual([workerId]);
    expect(port.closed).toBe(true);
    expect(keeper.workerId).toBeNull();
    await jest.advanceTimersByTimeAsync(LEASE_MS);
    expect(port.acquired).toHaveLength(1);
  });
});
