import type { History } from '../checker/history.ts';
import type { Load } from './load.ts';

/** The figures of a run. */
export interface Summary {
  readonly seconds: number;
  readonly tasks: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly cancelled: number;
  /** Tasks that ended because their workers were lost three times. */
  readonly workerLost: number;
  readonly attempts: number;
  readonly lostAttempts: number;
  /** Handlers that ran to their end in vain, since the attempt was no longer the current one. */
  readonly wasted: number;
  readonly cancelsAccepted: number;
  readonly cancelsRefused: number;
  readonly answers: Readonly<Record<string, number>>;
}

export function summarise({ tasks, attempts, effects }: History, load: Load, tookMs: number): Summary {
  const count = <T>(items: readonly T[], is: (item: T) => boolean) => items.filter(is).length;
  const attemptOf = new Map(tasks.map(({ id, attempt }) => [id, attempt]));
  return {
    seconds: Math.round(tookMs / 1_000),
    tasks: tasks.length,
    succeeded: count(tasks, ({ state }) => state === 'SUCCEEDED'),
    failed: count(tasks, ({ state }) => state === 'FAILED'),
    cancelled: count(tasks, ({ state }) => state === 'CANCELLED'),
    workerLost: count(tasks, ({ state, errorCode }) => state === 'FAILED' && errorCode === 'WORKER_LOST'),
    attempts: tasks.reduce((sum, { attempt }) => sum + attempt, 0),
    lostAttempts: count(attempts, ({ outcome }) => outcome === 'LOST'),
    wasted: count(effects, ({ taskId, attempt, phase }) => phase === 'end' && attempt !== attemptOf.get(taskId)),
    cancelsAccepted: count(load.cancels, ({ accepted }) => accepted),
    cancelsRefused: count(load.cancels, ({ accepted }) => !accepted),
    answers: Object.fromEntries([...load.answers].sort()),
  };
}
