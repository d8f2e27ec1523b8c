import type { Sql } from '@taskpilot/platform';
import { WEB_TASK_COLUMNS, type WebTask } from '../../database/entities/web-task.entity.ts';

export interface KeyedWebTask extends WebTask {
  readonly idempotencyKey: string;
  readonly requestHash: string;
}

/** The tasks that idempotency keys have made, as they are now. */
export function findKeyedWebTasks(sql: Sql, keys: readonly string[]): Promise<KeyedWebTask[]> {
  return sql.query(STATEMENT, [keys]);
}

const STATEMENT = `
  SELECT ${WEB_TASK_COLUMNS}, idempotency_key.key AS "idempotencyKey", idempotency_key.request_hash AS "requestHash"
  FROM idempotency_key JOIN web_task ON web_task.id = idempotency_key.web_task_id
  WHERE idempotency_key.key = ANY($1::text[])`;
