import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import type { DtpConfig } from '@taskpilot/platform';
import { DatabaseContact } from './database-contact.ts';
import { Maintenance } from './maintenance.ts';
import type { Sweep } from './sweep.ts';

const LEASE_MS = 10_000;
const databaseAway = () => Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
const statementTimeout = () => Object.assign(new Error('canceling statement'), { code: '57014' });

beforeAll(() => Logger.overrideLogger(false));

describe('Maintenance', () => {
  const other = jest.fn<Sweep['run']>();
  const rescue = jest.fn<() => Promise<void>>();
  let wake: () => void;
  let maintenance: Maintenance;
  let registry: SchedulerRegistry;

  beforeEach(() => {
    jest.useFakeTimers();
    other.mockReset().mockResolvedValue(undefined as never);
    rescue.mockReset().mockResolvedValue();
    registry = new SchedulerRegistry();
    const sweeps: Sweep[] = [
      {
        name: 'other',
        everyMs: 1_000,
        run: other,
        wakeOn: (listener) => {
          wake = listener;
          return () => undefined;
        },
      },
      { name: 'rescuer', everyMs: 1_000, restAfterOutageMs: LEASE_MS, run: rescue },
    ];
    const contact = new DatabaseContact({ leaseMs: LEASE_MS } as DtpConfig);
    maintenance = new Maintenance(sweeps, contact, registry);
    maintenance.onApplicationBootstrap();
  });

  afterEach(async () => {
    await maintenance.beforeApplicationShutdown();
    jest.useRealTimers();
  });

  const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);

  it('runs each sweep on its interval, from the start, and when it is woken', async () => {
    await pass(3_000);
    expect(other).toHaveBeenCalledTimes(4);
    expect(rescue).toHaveBeenCalledTimes(4);
    wake();
    expect(other).toHaveBeenCalledTimes(5);
  });

  it('lets a rescue wait a whole lease after the database has answered again, whichever sweep saw it away', async () => {
    await pass(1_500);
    other.mockRejectedValue(databaseAway());
    await pass(20_000);
    rescue.mockClear();
    await pass(20_000);
    expect(rescue).not.toHaveBeenCalled();
    let answeredAt: number | undefined;
    other.mockImplementation((async () => {
      answeredAt ??= performance.now();
    }) as Sweep['run']);
    rescue.mockImplementation(async () => {
      expect(performance.now() - (answeredAt ?? Infinity)).toBeGreaterThanOrEqual(LEASE_MS);
    });
    await pass(5_000 + LEASE_MS + 1_000);
    expect(answeredAt).toBeDefined();
    expect(rescue).toHaveBeenCalled();
  });

  it.each<[what: string, error: Error]>([
    ['a bug', new Error('a bug')],
    ['a sweep that always takes too long', statementTimeout()],
  ])('does not take %s for an outage', async (_what, error) => {
    other.mockRejectedValue(error);
    await pass(3_000);
    expect(rescue).toHaveBeenCalledTimes(4);
  });

  it('ends with the application', async () => {
    await maintenance.beforeApplicationShutdown();
    expect(registry.getIntervals()).toEqual([]);
  });
});
