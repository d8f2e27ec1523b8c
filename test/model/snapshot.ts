import type { AttemptOutcome, SchedulerTaskState } from '@taskpilot/contracts';
import type { Minutes } from './model-task.ts';

/** Times are minutes from now, by the database's clock. */
export interface TaskSnapshot {
  readonly id: string;
  readonly state: SchedulerTaskState;
  readonly stateSeq: number;
  readonly attempt: number;
  readonly failed: number;
  readonly lost: number;
  readonly holder: string | null;
  readonly completedBy: string | null;
  readonly runAt: Minutes;
  readonly isFinished: boolean;
  readonly isCancelRequested: boolean;
  readonly error: { readonly code: string } | null;
  readonly result: unknown;
}

/** All that the queue has stored. */
export interface Snapshot {
  readonly tasks: readonly TaskSnapshot[];
  readonly ready: readonly {
    readonly id: string;
    readonly rank: number;
    readonly lost: number;
    readonly type: string;
    /** Text of a fixed form, so that it compares as it is. */
    readonly at: string;
  }[];
  readonly scheduled: readonly { readonly id: string; readonly runAt: Minutes; readonly lost: number }[];
  readonly claims: readonly { readonly worker: string; readonly ids: string[]; readonly attempts: number[] }[];
  readonly cancelling: readonly { readonly id: string; readonly worker: string; readonly attempt: number }[];
  readonly deadlines: readonly { readonly id: string; readonly at: Minutes }[];
  readonly attempts: readonly {
    readonly id: string;
    readonly number: number;
    readonly worker: string;
    readonly outcome: AttemptOutcome;
    readonly retryAt: Minutes | null;
  }[];
  readonly workers: readonly { readonly id: string; readonly until: Minutes }[];
}

const minutes = (column: string) => `extract(epoch FROM ${column} - clock_timestamp())::float8 / 60`;
const all = (table: string, members: Record<string, string>) => {
  const pairs = Object.entries(members).map(([name, expression]) => `'${name}', ${expression}`);
  return `(SELECT coalesce(json_agg(json_build_object(${pairs.join(', ')})), '[]') FROM ${table})`;
};

/** One row: a `Snapshot`. */
export const SNAPSHOT = `SELECT
  ${all('scheduler_task', {
    ...{ id: 'id', state: 'state', stateSeq: 'state_seq', attempt: 'attempt', failed: 'failed_attempts' },
    ...{ lost: 'lost_attempts', holder: 'worker_id', completedBy: 'completed_by', runAt: minutes('run_at') },
    ...{ isFinished: 'finished_at IS NOT NULL', isCancelRequested: 'cancel_requested_at IS NOT NULL' },
    ...{ error: 'error', result: 'result' },
  })} AS tasks,
  ${all('ready', {
    ...{ id: 'id', rank: 'rank', lost: 'lost_attempts', type: 'type' },
    at: `to_char(ready_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US')`,
  })} AS ready,
  ${all('scheduled', { id: 'id', runAt: minutes('run_at'), lost: 'lost_attempts' })} AS scheduled,
  ${all('claims', { worker: 'worker_id', ids: 'ids', attempts: 'attempts' })} AS claims,
  ${all('cancelling', { id: 'task_id', worker: 'worker_id', attempt: 'attempt' })} AS cancelling,
  ${all('deadlines', { id: 'id', at: minutes('deadline_at') })} AS deadlines,
  ${all('attempt', {
    ...{ id: 'task_id', number: 'number', worker: 'worker_id', outcome: 'outcome', retryAt: minutes('retry_at') },
  })} AS attempts,
  ${all('worker', { id: 'id', until: minutes('lease_until') })} AS workers`;

/** Every stored time that a clock is compared with. `ready.ready_at` is not: it is a place in a line. */
const TIMES: Record<string, readonly string[]> = {
  scheduler_task: ['run_at', 'started_at', 'finished_at', 'cancel_requested_at', 'deadline_at', 'created_at'],
  scheduled: ['run_at'],
  worker: ['lease_until'],
  cancelling: ['grace_until'],
  deadlines: ['deadline_at'],
  attempt: ['started_at', 'finished_at', 'retry_at'],
};

const SHIFTS = Object.entries(TIMES)
  .map(([table, columns], index) => {
    const shifts = columns.map((column) => `${column} = ${column} - interval '1 minute' * $1::integer`);
    return `shift_${index} AS (UPDATE ${table} SET ${shifts.join(', ')})`;
  })
  .join(', ');

/** Moves them all back by `$1` minutes. */
export const SHIFT = `WITH ${SHIFTS} SELECT`;
