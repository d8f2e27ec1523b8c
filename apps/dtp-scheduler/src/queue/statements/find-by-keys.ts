import { byKey, type Sql } from '@taskpilot/platform';
import { TASK_COLUMNS, type TaskRow } from './task-row.ts';

const FIND_BY_KEYS = `
  SELECT key.key, key.task_id, key.request_hash, ${TASK_COLUMNS}
  FROM idempotency_key AS key LEFT JOIN scheduler_task AS task ON ${byKey('task.id', 'key.task_id')}
  WHERE key.key = ANY ($1::text[])`;

export type KeyedRow = { readonly key: string; readonly task_id: string; readonly request_hash: string } & (
  | TaskRow
  | { readonly id: null }
);

/** What each of these idempotency keys stands for. A key without a task is all that pruning left of it. */
export function findByKeys(sql: Sql, keys: readonly string[]): Promise<KeyedRow[]> {
  return sql.query<KeyedRow>(FIND_BY_KEYS, [keys]);
}
