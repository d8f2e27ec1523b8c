import type { Sql } from '@taskpilot/platform';
import { completeTasks } from './statements/complete-tasks.ts';
import { failTasks } from './statements/fail-tasks.ts';
import type { MovedRow } from './statements/fence.ts';
import { findEndedAttempts } from './statements/find-ended-attempts.ts';
import { releaseTasks } from './statements/release-tasks.ts';
import { retryTasks } from './statements/retry-tasks.ts';
import { settleTasks } from './statements/settle-tasks.ts';
import { snoozeTasks } from './statements/snooze-tasks.ts';
import type { AttemptEnd, AttemptRef, EndAnswer } from './task-queue.ts';

type Verb = AttemptEnd['verb'];
type EndOf<V extends Verb> = Extract<AttemptEnd, { verb: V }>;

/** One statement a verb. */
const STATEMENTS: { readonly [V in Verb]: (sql: Sql, workerId: string, ends: EndOf<V>[]) => Promise<MovedRow[]> } = {
  complete: completeTasks,
  retry: retryTasks,
  fail: failTasks,
  snooze: snoozeTasks,
  release: releaseTasks,
  settle: settleTasks,
};

export interface EndedAttempts {
  readonly answers: readonly EndAnswer[];
  readonly moved: readonly MovedRow[];
}

/** Ends attempts, each kind by one statement, and tells a stale attempt from the repeat of a recorded one. */
export async function endAttempts(sql: Sql, workerId: string, ends: readonly AttemptEnd[]): Promise<EndedAttempts> {
  const moved: MovedRow[] = [];
  for (const verb of Object.keys(STATEMENTS) as Verb[]) moved.push(...(await endAll(sql, workerId, verb, ends)));

  if (moved.length === ends.length) return { answers: ends.map(() => 'recorded'), moved };
  const movedIds = new Set(moved.map((row) => row.id));
  const latest = new Map<string, AttemptEnd>();
  for (const end of ends) if ((latest.get(end.id)?.attempt ?? 0) < end.attempt) latest.set(end.id, end);
  // A batch may end a task's current attempt and report, too late, on the one before: what moved is the later one.
  const recorded = new Set([...latest.values()].filter((end) => movedIds.has(end.id)).map(keyOf));
  const unmoved = new Map(ends.filter((end) => !recorded.has(keyOf(end))).map((end) => [keyOf(end), end]));
  for (const row of await findEndedAttempts(sql, workerId, [...unmoved.values()])) {
    const end = unmoved.get(keyOf(row));
    if (end && outcomeOf(end) === row.outcome) recorded.add(keyOf(row));
  }
  return { answers: ends.map((end) => (recorded.has(keyOf(end)) ? 'recorded' : 'stale')), moved };
}

const keyOf = ({ id, attempt }: AttemptRef): string => `${id}:${attempt}`;

async function endAll<V extends Verb>(
  sql: Sql,
  workerId: string,
  verb: V,
  ends: readonly AttemptEnd[],
): Promise<MovedRow[]> {
  const chosen = ends.filter((end): end is EndOf<V> => end.verb === verb);
  if (chosen.length === 0) return [];
  // In the order of their ids, as every statement over several rows locks.
  chosen.sort((a, b) => (a.id < b.id ? -1 : 1));
  return STATEMENTS[verb](sql, workerId, chosen);
}

function outcomeOf(end: AttemptEnd): string {
  switch (end.verb) {
    case 'complete':
      return 'SUCCEEDED';
    case 'retry':
    case 'fail':
      return end.outcome;
    case 'snooze':
      return 'SNOOZED';
    case 'release':
      return 'RELEASED';
    case 'settle':
      return 'CANCELLED';
  }
}
