import { type DynamicModule, Global, Module } from '@nestjs/common';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { DataSource } from 'typeorm';
import type { Sql } from '../database/sql.ts';
import { DatabaseSample } from './database-sample.ts';
import { MetricsController } from './metrics.controller.ts';
import { registerSampledGauges, type SampledGauge } from './sampled-gauges.ts';

const DATABASE_GAUGES = Symbol('DATABASE_GAUGES');

/** What of a plane is read from its database when somebody scrapes. */
export interface DatabaseMetrics<Sample> {
  /** The first word of every metric of the plane. */
  readonly prefix: string;
  /** A few quick statements. */
  readonly read: (sql: Sql) => Promise<Sample>;
  readonly gauges: readonly SampledGauge<Sample>[];
}

/** `GET /metrics`, and the `Registry` that whoever has something to measure injects. */
@Global()
@Module({})
export class MetricsModule {
  static forPlane<Sample>(metrics: DatabaseMetrics<Sample>): DynamicModule {
    return {
      module: MetricsModule,
      controllers: [MetricsController],
      providers: [
        { provide: Registry, useFactory: createRegistry },
        {
          provide: DATABASE_GAUGES,
          useFactory: (registry: Registry, dataSource: DataSource) => registerDatabase(registry, dataSource, metrics),
          inject: [Registry, DataSource],
        },
      ],
      exports: [Registry],
    };
  }
}

/** One an application, not the library's global one: the tests run several in one process. */
function createRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
}

function registerDatabase<Sample>(
  registry: Registry,
  dataSource: DataSource,
  { prefix, read, gauges }: DatabaseMetrics<Sample>,
): DatabaseSample<Sample> {
  const sample = new DatabaseSample(dataSource, read);
  new Gauge({
    name: `${prefix}_database_up`,
    help: '1 when the database answered this scrape in time. While it is 0, what is read from there has no value.',
    registers: [registry],
    async collect() {
      this.set((await sample.take()) === null ? 0 : 1);
    },
  });
  registerSampledGauges(registry, () => sample.take(), gauges);
  return sample;
}
