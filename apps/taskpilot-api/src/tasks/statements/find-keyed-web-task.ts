import type { Sql } from '@taskpilot/platform';
import { WEB_TASK_COLUMNS, type WebTask } from '../../database/entities/web-task.entity.ts';

export interface KeyedWebTask extends WebTask {
  readonly requestHash: string;
}

/** The task that an idempotency key made, as it is now. */
export async function findKeyedWebTask(sql: Sql, key: string): Promise<KeyedWebTask | null> {
  const [row] = await sql.query<KeyedWebTask>(STATEMENT, [key]);
  return row ?? null;
}

const STATEMENT = `
  SELECT ${WEB_TASK_COLUMNS}, idempotency_key.request_hash AS "requestHash"
  FROM idempotency_key JOIN web_task ON web_task.id = idempotency_key.web_task_id
  WHERE idempotency_key.key = $1`;
