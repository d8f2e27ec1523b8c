import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { Registry } from 'prom-client';
import type { DataSource } from 'typeorm';
import { DatabaseSample } from './database-sample.ts';
import { registerSampledGauges } from './sampled-gauges.ts';

describe('DatabaseSample', () => {
  const statements: string[] = [];
  const read = jest.fn<() => Promise<number>>();
  let sample: DatabaseSample<number>;
  let warn: jest.SpiedFunction<Logger['warn']>;

  beforeEach(() => {
    jest.useFakeTimers();
    warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    statements.length = 0;
    read.mockReset().mockResolvedValue(1);
    const queryRunner = { query: async (statement: string) => void statements.push(statement) };
    const transaction = (work: (manager: object) => Promise<unknown>) => work({ queryRunner });
    sample = new DatabaseSample({ transaction } as unknown as DataSource, read);
  });
  afterEach(() => {
    jest.useRealTimers();
    jest.restoreAllMocks();
  });

  it('is read once for all who ask within three seconds, under a timeout of its own', async () => {
    expect(await Promise.all([sample.take(), sample.take()])).toEqual([1, 1]);
    jest.advanceTimersByTime(2_999);
    expect(await sample.take()).toBe(1);
    expect(read).toHaveBeenCalledTimes(1);
    jest.advanceTimersByTime(1);
    await sample.take();
    expect(read).toHaveBeenCalledTimes(2);
    expect(statements).toEqual(Array(2).fill('SET LOCAL statement_timeout = 800'));
  });

  it('gives up after 0.8 s, asks a database that hangs only once, and takes its late answer', async () => {
    const { promise, resolve } = Promise.withResolvers<number>();
    read.mockReturnValue(promise);
    for (let scrape = 0; scrape < 3; scrape++) {
      const taken = sample.take();
      await jest.advanceTimersByTimeAsync(800);
      expect(await taken).toBeNull();
    }
    expect(read).toHaveBeenCalledTimes(1);
    resolve(7);
    expect(await sample.take()).toBe(7);
  });

  it('is nothing while the database fails, which is said once', async () => {
    read.mockRejectedValue(new Error('away'));
    expect(await sample.take()).toBeNull();
    expect(await sample.take()).toBeNull();
    expect(warn).toHaveBeenCalledTimes(1);
    read.mockResolvedValue(2);
    expect(await sample.take()).toBe(2);
  });
});

it('gauges have no value while there is no sample, and forget labels that are gone', async () => {
  const registry = new Registry();
  let taken: { depth: number; tables: readonly string[] } | null = { depth: 5, tables: ['a', 'b'] };
  registerSampledGauges(registry, async () => taken, [
    { name: 'depth', help: 'One value.', read: ({ depth }) => depth },
    { name: 'rows', help: 'By table.', labels: ['table'], read: ({ tables }) => tables.map((table) => [{ table }, 1]) },
  ]);
  const values = async () => (await registry.metrics()).split('\n').filter((line) => line && !line.startsWith('#'));
  expect(await values()).toEqual(['depth 5', 'rows{table="a"} 1', 'rows{table="b"} 1']);
  taken = { depth: 0, tables: ['b'] };
  expect(await values()).toEqual(['depth 0', 'rows{table="b"} 1']);
  taken = null;
  expect(await values()).toEqual([]);
});
