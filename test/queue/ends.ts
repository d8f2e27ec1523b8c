import type { Sql } from '@taskpilot/platform';
import { completeTasks } from '../../apps/dtp-scheduler/src/queue/statements/complete-tasks.ts';
import { failTasks } from '../../apps/dtp-scheduler/src/queue/statements/fail-tasks.ts';
import { releaseTasks } from '../../apps/dtp-scheduler/src/queue/statements/release-tasks.ts';
import { retryTasks } from '../../apps/dtp-scheduler/src/queue/statements/retry-tasks.ts';
import { snoozeTasks } from '../../apps/dtp-scheduler/src/queue/statements/snooze-tasks.ts';
import type { AttemptRef } from '../../apps/dtp-scheduler/src/queue/task-queue.ts';

const failure = { outcome: 'FAILED', error: { code: 'HANDLER_ERROR', message: 'no' } } as const;
const LATER_MS = 60_000;

type End = (sql: Sql, workerId: string, held: readonly AttemptRef[]) => Promise<readonly unknown[]>;

/** Every way in which the worker that holds attempts can end them; where it asks for a later one, that is not due. */
export const ENDS: Record<string, End> = {
  complete: (sql, workerId, held) =>
    completeTasks(
      sql,
      workerId,
      held.map((attempt) => ({ ...attempt, result: '1' })),
    ),
  retry: (sql, workerId, held) =>
    retryTasks(
      sql,
      workerId,
      held.map((attempt) => ({ ...attempt, ...failure, delayMs: LATER_MS })),
    ),
  fail: (sql, workerId, held) =>
    failTasks(
      sql,
      workerId,
      held.map((attempt) => ({ ...attempt, ...failure })),
    ),
  snooze: (sql, workerId, held) =>
    snoozeTasks(
      sql,
      workerId,
      held.map((attempt) => ({ ...attempt, delayMs: LATER_MS })),
    ),
  release: (sql, workerId, held) => releaseTasks(sql, workerId, held),
};
