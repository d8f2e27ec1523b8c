import { byKey, type Sql } from '@taskpilot/platform';
import { IS_BINDING } from './binding-row.ts';

export interface ConfirmBinding {
  readonly id: string;
  readonly schedulerTaskId: string;
}

/**
 * BINDING → BOUND, when DTP has told the execution's id; guarded by the status: what another call has bound or refused
 * meanwhile stays as it is. Not by the generation: DTP makes one execution of a key, so its id is as true for a later
 * bind as for the one that learnt it.
 *
 * @returns when each binding was confirmed, by task id. One that is left out has been overtaken.
 */
export async function confirmBindings(sql: Sql, confirms: readonly ConfirmBinding[]): Promise<Map<string, Date>> {
  const rows = await sql.query<{ id: string; updatedAt: Date }>(STATEMENT, [
    confirms.map(({ id }) => id),
    confirms.map(({ schedulerTaskId }) => schedulerTaskId),
  ]);
  return new Map(rows.map(({ id, updatedAt }) => [id, updatedAt]));
}

const STATEMENT = `
  WITH told AS MATERIALIZED (
    SELECT * FROM unnest($1::uuid[], $2::uuid[]) AS told (id, scheduler_task_id)
  ), locked AS MATERIALIZED (
    SELECT web_task.id, told.scheduler_task_id FROM told JOIN web_task ON ${byKey('web_task.id', 'told.id')}
    WHERE ${IS_BINDING}
    ORDER BY told.id FOR UPDATE OF web_task
  )
  UPDATE web_task SET
    status = 'BOUND',
    scheduler_task_id = locked.scheduler_task_id,
    bind_body = NULL,
    bind_next_at = NULL,
    updated_at = clock_timestamp()
  FROM locked
  WHERE ${byKey('web_task.id', 'locked.id')}
    AND ${IS_BINDING}
  RETURNING web_task.id, web_task.updated_at AS "updatedAt"`;
