import type { AttemptOutcome } from '@taskpilot/contracts';
import { byKey, type Sql } from '@taskpilot/platform';
import type { AttemptRef } from '../task-queue.ts';

/**
 * Which of these attempts this very worker has already ended, and how. An end that moved nothing is a repeat, not a
 * stale attempt, when it stands here: the reply to its COMMIT was lost.
 */
const FIND_ENDED = `
  SELECT attempt.task_id AS id, attempt.number AS attempt, attempt.outcome
  FROM unnest($2::uuid[], $3::integer[]) AS asked (id, number)
    JOIN attempt ON ${byKey('attempt.task_id', 'asked.id')} AND attempt.number = asked.number AND attempt.worker_id = $1
  UNION ALL
  SELECT task.id, task.attempt, 'SUCCEEDED'
  FROM unnest($2::uuid[], $3::integer[]) AS asked (id, number)
    JOIN scheduler_task AS task ON ${byKey('task.id', 'asked.id')} AND task.attempt = asked.number
      AND coalesce(task.completed_by = $1, false)`;

export type EndedRow = AttemptRef & { readonly outcome: AttemptOutcome };

export function findEndedAttempts(sql: Sql, workerId: string, refs: readonly AttemptRef[]): Promise<EndedRow[]> {
  return sql.query<EndedRow>(FIND_ENDED, [workerId, refs.map((ref) => ref.id), refs.map((ref) => ref.attempt)]);
}
