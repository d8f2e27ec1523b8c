import type { History } from '../checker/history.ts';

/** How many of what happened fell into the fullest second. */
export interface Spread {
  readonly peak: number;
  readonly mean: number;
  readonly seconds: number;
}

/**
 * Seconds are counted from the first to the last, empty ones included.
 *
 * @param times in ms
 */
export function spreadOf(times: readonly number[]): Spread {
  const perSecond = new Map<number, number>();
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const time of times) {
    const second = Math.floor(time / 1_000);
    perSecond.set(second, (perSecond.get(second) ?? 0) + 1);
    first = Math.min(first, second);
    last = Math.max(last, second);
  }
  const seconds = perSecond.size === 0 ? 0 : last - first + 1;
  return { peak: Math.max(0, ...perSecond.values()), mean: times.length / Math.max(1, seconds), seconds };
}

/** When second attempts began: what the target sees of them. */
export const secondAttempts = ({ effects }: History): Spread =>
  spreadOf(effects.filter(({ attempt, phase }) => attempt === 2 && phase === 'start').map(({ at }) => at));

/**
 * How long after its failure each second attempt was to come: what the target would see if all had failed in the same
 * moment, however long that took here.
 */
export function secondDelays({ transitions }: History): Spread {
  const failedAt = new Map<string, number>();
  const delays: number[] = [];
  for (const { taskId, was, state, attempt, due, at } of transitions) {
    if (state === 'RETRYING' && attempt === 1) failedAt.set(taskId, at);
    const failed = failedAt.get(taskId);
    if (was === 'RETRYING' && due !== null && failed !== undefined) {
      delays.push(Math.max(0, due - failed));
      failedAt.delete(taskId);
    }
  }
  return spreadOf(delays);
}

/** How long the first attempts took to fail, all of them. */
export const firstAttempts = ({ effects }: History): Spread =>
  spreadOf(effects.filter(({ attempt, phase }) => attempt === 1 && phase === 'end').map(({ at }) => at));

export const describeSpread = ({ peak, mean, seconds }: Spread): string =>
  `${peak} in the fullest of ${seconds} seconds, ${Math.round(mean)} on average`;
