import type { Sql } from '@taskpilot/platform';
import type { AttemptRef } from '../task-queue.ts';
import { arrayLiteral } from './array-literal.ts';
import { FENCE, type MovedRow } from './fence.ts';
import { settleTasks } from './settle-tasks.ts';

/**
 * RUNNING → SUCCEEDED, with the result. Guarded by holder, attempt and a live lease.
 *
 * Of an attempt that ends its task well the task's row says everything already, so it gets no record of its own.
 */
const COMPLETE = `
  UPDATE scheduler_task AS task
  SET state = 'SUCCEEDED', state_seq = task.state_seq + 1, worker_id = NULL, completed_by = $1, error = NULL,
    result = ended.result, finished_at = now(), updated_at = now()
  FROM ROWS FROM (unnest($2::uuid[]), unnest($3::integer[]), json_array_elements($4::json))
    AS ended (id, attempt, result)
  WHERE ${FENCE} AND coalesce(task.state = 'RUNNING', false)
  RETURNING task.id, NULL::timestamptz AS retry_at`;

export interface Completion extends AttemptRef {
  /** JSON text. */
  readonly result: string;
}

/** Where a cancel was accepted first, the task ends `CANCELLED`, and that its handler succeeded stands in the attempt. */
export async function completeTasks(sql: Sql, workerId: string, ends: readonly Completion[]): Promise<MovedRow[]> {
  const moved = await sql.query<MovedRow>(COMPLETE, [
    workerId,
    arrayLiteral(ends.map((end) => end.id)),
    arrayLiteral(ends.map((end) => end.attempt)),
    `[${ends.map((end) => end.result).join(',')}]`,
  ]);
  if (moved.length === ends.length) return moved;
  const completed = new Set(moved.map((row) => row.id));
  const others = ends.filter((end) => !completed.has(end.id));
  return [...moved, ...(await settleTasks(sql, workerId, others, 'SUCCEEDED'))];
}
