import type { History } from '../checker/history.ts';
import type { Fault } from './faults.ts';

/** How soon a worker that was told to end gives back what it has not begun. */
const MOST_MS = 1_000;

/** What workers gave back after SIGTERM, in ms since it: by what PostgreSQL wrote down, and what handlers did. */
export class HandBacks {
  readonly unbegun: readonly number[] = [];
  readonly begun: readonly number[] = [];
  readonly exits: readonly number[];

  constructor(faults: readonly Fault[], { attempts, transitions, effects }: History) {
    const drains = faults.flatMap(({ drain }) => drain ?? []);
    this.exits = drains.map(({ signalledAt, exitedAt }) => exitedAt - signalledAt);
    if (drains.length === 0) return;
    const released = new Set(
      attempts.filter(({ outcome }) => outcome === 'RELEASED').map(({ taskId, number }) => `${taskId} ${number}`),
    );
    const begunBy = new Map(
      effects.filter(({ phase }) => phase === 'start').map(({ taskId, attempt, pid }) => [`${taskId} ${attempt}`, pid]),
    );
    const ends = transitions.filter(({ was, state }) => was === 'RUNNING' && state !== 'RUNNING');
    // A worker's id says nothing of its process; what it began does.
    const pidOf = new Map<string | null, number>();
    for (const { taskId, attempt, heldBy } of ends) {
      const pid = begunBy.get(`${taskId} ${attempt}`);
      if (pid !== undefined) pidOf.set(heldBy, pid);
    }
    const unbegun: number[] = [];
    const begun: number[] = [];
    for (const { taskId, attempt, heldBy, at } of ends) {
      const name = `${taskId} ${attempt}`;
      const drain = released.has(name) && drains.find(({ pid }) => pid === pidOf.get(heldBy));
      if (drain && at >= drain.signalledAt) (begunBy.has(name) ? begun : unbegun).push(at - drain.signalledAt);
    }
    this.unbegun = unbegun;
    this.begun = begun;
  }

  get notes(): string[] {
    if (this.exits.length === 0) return [];
    return [
      `after SIGTERM, in ms: ${this.unbegun.length} tasks that had not begun given back after ${figures(this.unbegun)}; ` +
        `${this.begun.length} that had, after ${figures(this.begun)}; exit after ${figures(this.exits)}`,
    ];
  }

  get complaints(): string[] {
    const late = this.unbegun.filter((ms) => ms > MOST_MS).length;
    return late > 0 ? [`${late} tasks that had not begun were given back over ${MOST_MS} ms after SIGTERM`] : [];
  }
}

function figures(times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b).map(Math.round);
  return `${sorted[sorted.length >> 1] ?? '-'} (median), ${sorted.at(-1) ?? '-'} at most`;
}
