import type { BenchCase } from '../support/bench-case.ts';
import { UsageError } from '../support/options.ts';
import { batch } from './batch.ts';
import { bindings } from './bindings.ts';
import { drain, drainUnderHeldXmin, drainWithFinished } from './drain.ts';
import { pickup, postToSucceeded } from './idle.ts';
import { lifecycle } from './lifecycle.ts';
import { post } from './post.ts';

export const CASES: readonly BenchCase[] = [
  drain(1),
  drain(2),
  drainWithFinished,
  drainUnderHeldXmin,
  post(1),
  post(32),
  post(64),
  post(128),
  batch,
  lifecycle,
  bindings,
  pickup,
  postToSucceeded,
];

/**
 * @param only ids, or the part before their dash, by commas; all without it
 * @throws UsageError that names what there is
 */
export function selectCases(only: string | undefined): readonly BenchCase[] {
  if (only === undefined) return CASES;
  const nameOf = ({ id }: BenchCase) => id.replace(/-\d+$/, '');
  const wanted = only.split(',');
  const unknown = wanted.filter((name) => !CASES.some((one) => one.id === name || nameOf(one) === name));
  if (unknown.length > 0) {
    const names = CASES.flatMap((one) => [nameOf(one), one.id]);
    throw new UsageError(`--only knows no ${unknown.join(', ')}. There are: ${[...new Set(names)].join(', ')}.`);
  }
  return CASES.filter((one) => wanted.includes(one.id) || wanted.includes(nameOf(one)));
}
