import type { Sql } from '@taskpilot/platform';
import { BOUNDABLE_TASK_COLUMNS, type BoundableTask } from './binding-row.ts';

/** A task in whatever status it is. */
export async function findBoundableTask(sql: Sql, id: string): Promise<BoundableTask | null> {
  const [row] = await sql.query<BoundableTask>(STATEMENT, [id]);
  return row ?? null;
}

const STATEMENT = `SELECT ${BOUNDABLE_TASK_COLUMNS} FROM web_task WHERE web_task.id = $1`;
