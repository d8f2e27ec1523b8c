import type { Sql } from '@taskpilot/platform';
import type { AttemptRef } from '../task-queue.ts';

const LIST_CANCELLING = 'SELECT task_id AS id, attempt FROM cancelling WHERE worker_id = $1';

export function listCancelling(sql: Sql, workerId: string): Promise<AttemptRef[]> {
  return sql.query<AttemptRef>(LIST_CANCELLING, [workerId]);
}
