import { byKey, type Sql } from '@taskpilot/platform';
import { IS_BINDING } from './binding-row.ts';

export interface PostponeBinding {
  readonly id: string;
  readonly generation: number;
  readonly attempts: number;
  readonly delayMs: number;
}

/**
 * No change of status: BINDINGs whose call has failed are due again, each after its `delayMs`. Guarded by the status, by
 * the generation, and by the count of failed calls, so that two replicas which failed at once do not count twice.
 */
export async function postponeBindings(sql: Sql, postpones: readonly PostponeBinding[]): Promise<void> {
  await sql.query(STATEMENT, [
    postpones.map(({ id }) => id),
    postpones.map(({ generation }) => generation),
    postpones.map(({ attempts }) => attempts),
    postpones.map(({ delayMs }) => delayMs),
  ]);
}

const STATEMENT = `
  WITH failed AS MATERIALIZED (
    SELECT * FROM unnest($1::uuid[], $2::integer[], $3::integer[], $4::float8[])
    AS failed (id, generation, attempts, delay_ms)
  ), locked AS MATERIALIZED (
    SELECT web_task.id, failed.generation, failed.attempts, failed.delay_ms
    FROM failed JOIN web_task ON ${byKey('web_task.id', 'failed.id')}
    WHERE ${IS_BINDING}
    ORDER BY failed.id FOR UPDATE OF web_task
  )
  UPDATE web_task SET
    bind_attempts = bind_attempts + 1,
    bind_next_at = clock_timestamp() + make_interval(secs => locked.delay_ms / 1000)
  FROM locked
  WHERE ${byKey('web_task.id', 'locked.id')}
    AND ${IS_BINDING}
    AND web_task.bind_generation = locked.generation
    AND web_task.bind_attempts = locked.attempts`;
