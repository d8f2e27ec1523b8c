import type { Sql } from '@taskpilot/platform';
import { BOUNDABLE_TASK_COLUMNS, type BoundableTask } from './binding-row.ts';

/** Tasks in whatever status they are; those that are not there are left out. */
export function findBoundableTasks(sql: Sql, ids: readonly string[]): Promise<BoundableTask[]> {
  return sql.query<BoundableTask>(STATEMENT, [ids]);
}

const STATEMENT = `SELECT ${BOUNDABLE_TASK_COLUMNS} FROM web_task WHERE web_task.id = ANY($1::uuid[])`;
