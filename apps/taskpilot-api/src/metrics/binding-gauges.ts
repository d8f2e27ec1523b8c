import type { SampledGauge, Sql } from '@taskpilot/platform';

/** Counting on takes longer than a scrape may. */
const COUNTED_UP_TO = 50_000;

interface BindingFigures {
  readonly waiting: number;
  readonly overdueSeconds: number;
}

const READ = `
  SELECT
    (SELECT count(*) FROM (SELECT FROM web_task WHERE status = 'BINDING' LIMIT ${COUNTED_UP_TO}) AS capped)::integer
      AS waiting,
    coalesce(greatest(0, extract(epoch FROM clock_timestamp() - (
      SELECT bind_next_at FROM web_task WHERE status = 'BINDING' ORDER BY bind_next_at LIMIT 1))), 0)::float8
      AS "overdueSeconds"`;

export async function readBindingFigures(sql: Sql): Promise<BindingFigures> {
  const [figures] = await sql.query<BindingFigures>(READ, []);
  return figures ?? { waiting: 0, overdueSeconds: 0 };
}

/** The same for all replicas, since they read it from the database. */
export const BINDING_GAUGES: readonly SampledGauge<BindingFigures>[] = [
  {
    name: 'taskpilot_bindings_waiting',
    help: `Tasks whose binding DTP has not confirmed yet. Counted up to ${COUNTED_UP_TO}.`,
    read: ({ waiting }) => waiting,
  },
  {
    name: 'taskpilot_bindings_overdue_seconds',
    help: 'For how long the binding that is due longest has been due to be tried; 0 when none is.',
    read: ({ overdueSeconds }) => overdueSeconds,
  },
];
