import type { AttemptOutcome, AttemptView, TaskError } from '@taskpilot/contracts';
import type { Sql } from '@taskpilot/platform';

/** Attempts that cost nothing (snoozed, released) are not bounded by a policy: of very many, the latest are listed. */
const LATEST = 1_000;

/** The ended attempts, and the open one or the one that succeeded, which is the task row itself. */
const LIST_ATTEMPTS = `
  (SELECT number, worker_id, started_at, finished_at, outcome::text, error, retry_at
  FROM attempt WHERE task_id = $1 ORDER BY number DESC LIMIT ${LATEST})
  UNION ALL
  SELECT attempt, coalesce(worker_id, completed_by), started_at, finished_at,
    CASE state WHEN 'SUCCEEDED' THEN 'SUCCEEDED' END, NULL::json, NULL
  FROM scheduler_task WHERE id = $1 AND coalesce(worker_id, completed_by) IS NOT NULL
  ORDER BY number`;

interface AttemptRow {
  readonly number: number;
  readonly worker_id: string;
  readonly started_at: Date;
  readonly finished_at: Date | null;
  readonly outcome: AttemptOutcome | null;
  readonly error: TaskError | null;
  readonly retry_at: Date | null;
}

export async function listAttempts(sql: Sql, taskId: string): Promise<AttemptView[]> {
  const rows = await sql.query<AttemptRow>(LIST_ATTEMPTS, [taskId]);
  return rows.map((row) => ({
    number: row.number,
    workerId: row.worker_id,
    startedAt: row.started_at.toISOString(),
    finishedAt: row.finished_at?.toISOString() ?? null,
    outcome: row.outcome,
    error: row.error,
    retryAt: row.retry_at?.toISOString() ?? null,
  }));
}
