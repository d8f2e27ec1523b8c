import { LIMITS, type SchedulerTaskState } from '@taskpilot/contracts';
import type { Sql } from '@taskpilot/platform';
import type { PageRequest, TaskFilter, TaskPage } from '../task-queue.ts';
import { TASK_COLUMNS, type TaskRow, taskView } from './task-row.ts';

/** How many tasks one page may look at: a rare match far down must not turn a page into a scan of everything. */
const SCANNED_PER_PAGE = 10_000;

/** Every task with one of these states is in the table beside it, so a list of them need not scan those that ended. */
const WAITING = 'SELECT id FROM ready UNION ALL SELECT id FROM scheduled';
const HELD = 'SELECT unnest(ids) AS id FROM claims';
const SOURCES: Partial<Record<SchedulerTaskState, string>> = {
  QUEUED: WAITING,
  RETRYING: WAITING,
  RUNNING: `SELECT DISTINCT id FROM (${HELD}) AS held`,
  CANCELLING: 'SELECT task_id AS id FROM cancelling',
};
const EVERYTHING = 'SELECT id FROM scheduler_task';

const listSql = (source: string): string => `
  WITH candidate AS MATERIALIZED (
    SELECT id FROM (${source}) AS source WHERE $1::uuid IS NULL OR id < $1 ORDER BY id DESC LIMIT $6
  ), page AS MATERIALIZED (
    SELECT ${TASK_COLUMNS} FROM candidate JOIN scheduler_task AS task ON task.id = candidate.id
    WHERE ($2::task_state IS NULL OR task.state = $2) AND ($3::text IS NULL OR task.type = $3)
      AND ($4::text IS NULL OR task.queue = $4)
    ORDER BY task.id DESC LIMIT $5
  ), sized AS (
    SELECT *, octet_length(payload::text) + coalesce(octet_length(result::text), 0) AS bytes FROM page
  ), placed AS (
    SELECT *, sum(bytes) OVER (ORDER BY id DESC) - bytes AS bytes_before FROM sized
  )
  SELECT scan.scanned, scan.scanned_to, scan.matching, placed.*
  FROM (SELECT (SELECT count(*) FROM candidate)::integer AS scanned,
    (SELECT id FROM candidate ORDER BY id LIMIT 1) AS scanned_to,
    (SELECT count(*) FROM page)::integer AS matching) AS scan
    LEFT JOIN placed ON placed.bytes_before < ${LIMITS.pageBytes}
  ORDER BY placed.id DESC`;

const BY_KEY = `
  SELECT ${TASK_COLUMNS} FROM idempotency_key AS key JOIN scheduler_task AS task ON task.id = key.task_id
  WHERE key.key = $1 AND ($2::task_state IS NULL OR task.state = $2) AND ($3::text IS NULL OR task.type = $3)
    AND ($4::text IS NULL OR task.queue = $4) AND ($5::uuid IS NULL OR task.id < $5)`;

type ScanRow = {
  readonly scanned: number;
  readonly scanned_to: string | null;
  /** Those that a page has no more room for included. */
  readonly matching: number;
} & (TaskRow | { readonly id: null });

/**
 * Newest first. A page whose scan reached its bound, or whose tasks are large, ends there, however few it found, and says
 * where to go on.
 */
export async function listTasks(sql: Sql, filter: TaskFilter, { limit, before }: PageRequest): Promise<TaskPage> {
  const conditions = [filter.state ?? null, filter.type ?? null, filter.queue ?? null];
  if (filter.idempotencyKey !== undefined) {
    const rows = await sql.query<TaskRow>(BY_KEY, [filter.idempotencyKey, ...conditions, before]);
    return { items: rows.map(taskView), nextId: null };
  }
  const source = (filter.state && SOURCES[filter.state]) ?? EVERYTHING;
  const unfiltered = conditions.every((condition) => condition === null);
  const scan = unfiltered ? limit + 1 : SCANNED_PER_PAGE;
  const rows = await sql.query<ScanRow>(listSql(source), [before, ...conditions, limit + 1, scan]);
  const found = rows.filter((row): row is ScanRow & TaskRow => row.id !== null);
  const shown = found.slice(0, limit);
  const [first] = rows;
  const reachedBound = first !== undefined && first.scanned === scan;
  const hasMore = first !== undefined && first.matching > shown.length;
  const nextId = hasMore ? (shown.at(-1)?.id ?? null) : reachedBound ? first.scanned_to : null;
  return { items: shown.map(taskView), nextId };
}
