import type { SampledGauge } from '@taskpilot/platform';
import { COUNTED_UP_TO, DEPTH_TABLES, type QueueFigures } from '../queue/statements/read-queue-figures.ts';
import type { TableFigures } from '../queue/statements/read-table-figures.ts';

const DEPTHS = {
  ready: 'Tasks that may be claimed now',
  scheduled: 'Tasks that wait for their time',
  claims: 'Claims, of one or more tasks each; one of which nothing runs any more counts until the next claim or audit',
  cancelling: 'Running tasks that are to be cancelled',
  deadlines: 'Deadlines that have not passed',
} as const satisfies Record<(typeof DEPTH_TABLES)[number], string>;

const table = (name: string, help: string, read: (figures: TableFigures) => number): SampledGauge<QueueFigures> => ({
  name: `dtp_table_${name}`,
  help,
  labels: ['table'],
  read: ({ tables }) => tables.map((figures) => [{ table: figures.table }, read(figures)]),
});

/** What is the same for all processes of DTP, since they read it from the database. */
export const QUEUE_GAUGES: readonly SampledGauge<QueueFigures>[] = [
  ...DEPTH_TABLES.map((name) => ({
    name: `dtp_queue_${name}`,
    help: `${DEPTHS[name]}. Exact up to ${COUNTED_UP_TO}, then PostgreSQL’s estimate.`,
    read: ({ depths }: QueueFigures) => depths[name],
  })),
  {
    name: 'dtp_queue_oldest_due_seconds',
    help: 'How long the task that is due longest has waited; 0 when none is due.',
    read: ({ oldestDueSeconds }) => oldestDueSeconds,
  },
  {
    name: 'dtp_workers_live',
    help: 'Workers with a live lease, in all processes.',
    read: ({ liveWorkers }) => liveWorkers,
  },
  table('live_rows', 'Rows, as PostgreSQL estimates.', ({ liveRows }) => liveRows),
  table('dead_rows', 'Dead tuples, which vacuum has not removed yet, or may not.', ({ deadRows }) => deadRows),
  table('heap_bytes', 'Size of the table without its indexes.', ({ heapBytes }) => heapBytes),
  table('index_bytes', 'Size of its indexes.', ({ indexBytes }) => indexBytes),
  {
    name: 'dtp_xmin_horizon_age_transactions',
    help: 'How many transactions ago the oldest snapshot was taken that vacuum must spare, by who holds it.',
    labels: ['held_by'],
    read: ({ horizonAges }) => Object.entries(horizonAges).map(([held_by, age]) => [{ held_by }, age]),
  },
  {
    name: 'dtp_oldest_transaction_seconds',
    help: 'Age of the oldest transaction that holds the xmin horizon back.',
    read: ({ oldestTransactionSeconds }) => oldestTransactionSeconds,
  },
];
