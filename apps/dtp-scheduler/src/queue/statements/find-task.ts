import type { Sql } from '@taskpilot/platform';
import { TASK_COLUMNS, type TaskRow } from './task-row.ts';

const FIND = `SELECT ${TASK_COLUMNS} FROM scheduler_task AS task WHERE task.id = $1`;

export async function findTask(sql: Sql, id: string): Promise<TaskRow | undefined> {
  const [row] = await sql.query<TaskRow>(FIND, [id]);
  return row;
}

const IS_PRUNED = `SELECT EXISTS (SELECT FROM pruned_task WHERE id = $1) AS pruned`;

/** Tells an id that was pruned from one that never was. */
export async function isPruned(sql: Sql, id: string): Promise<boolean> {
  const [row] = await sql.query<{ pruned: boolean }>(IS_PRUNED, [id]);
  return row?.pruned ?? false;
}
