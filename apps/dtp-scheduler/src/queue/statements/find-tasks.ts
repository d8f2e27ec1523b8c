import type { Sql } from '@taskpilot/platform';
import { TASK_COLUMNS, type TaskRow } from './task-row.ts';

const FIND = `SELECT ${TASK_COLUMNS} FROM scheduler_task AS task WHERE task.id = ANY ($1::uuid[])`;

/** Those of these tasks that exist, in no order. */
export function findTasks(sql: Sql, ids: readonly string[]): Promise<TaskRow[]> {
  return sql.query<TaskRow>(FIND, [ids]);
}
