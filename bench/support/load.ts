import type { Metrics } from './samples.ts';
import { runScript } from './script.ts';
import { quantile } from './statistics.ts';

export interface LoadOptions {
  readonly kind: 'post' | 'lifecycle' | 'batch';
  /** Tasks a request of kind `batch`. */
  readonly batch?: number;
  /** Of the server, with the path that tasks are posted to. */
  readonly url: string;
  readonly connections: number;
  readonly requests: number;
  readonly warmUp: number;
}

export interface Load {
  /** Of the first request after the warm-up, ms since 1970. */
  readonly startedAt: number;
  readonly metrics: Metrics;
}

/** Drives a server from a process of its own. Resolves when every request has been answered well. */
export async function drive(options: LoadOptions): Promise<Load> {
  const answer = await runScript('http-load.ts', JSON.stringify(options));
  const { startedAt, rate, times } = answer as { startedAt: number; rate: number; times: number[] };
  return { startedAt, metrics: { rate, p50: quantile(times, 0.5), p99: quantile(times, 0.99) } };
}
