import type {
  AttemptRecord,
  History,
  Promises,
  Residue,
  TaskRecord,
  TransitionRecord,
  WebTaskRecord,
} from '../checker/history.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { Effect } from '../recording/effect-log.ts';

const MS = (time: string) => `extract(epoch FROM ${time})::float8 * 1000`;

const TASKS = `
  SELECT id, idempotency_key AS key, state, state_seq AS "stateSeq", attempt, failed_attempts AS "failedAttempts",
    lost_attempts AS "lostAttempts", max_attempts AS "maxAttempts", completed_by AS "completedBy",
    (result->>'attempt')::integer AS "resultOfAttempt", error->>'code' AS "errorCode", ${MS('finished_at')} AS "finishedAt"
  FROM scheduler_task`;

const TRANSITIONS = `
  SELECT task_id AS "taskId", seq, was, state, attempt, previous_attempt AS "previousAttempt", held_by AS "heldBy",
    completed_by AS "completedBy", ${MS('due')} AS due, lease_left_ms AS "leaseLeftMs", ${MS('at')} AS at
  FROM chaos_transition ORDER BY n`;

const ATTEMPTS = 'SELECT task_id AS "taskId", number, outcome FROM attempt ORDER BY task_id, number';

const WEB_TASKS = 'SELECT id, status, scheduler_task_id AS "schedulerTaskId" FROM web_task';

/** Everything that a run has left behind, for the checker. */
export async function readHistory(
  { store }: Cluster,
  promises: Promises,
  effects: readonly Effect[],
  residue: Residue,
): Promise<History> {
  return {
    ...{ promises, effects, residue },
    webTasks: await store.query<WebTaskRecord>('webdb', WEB_TASKS),
    tasks: await store.query<TaskRecord>('dtp', TASKS),
    attempts: await store.query<AttemptRecord>('dtp', ATTEMPTS),
    transitions: await store.query<TransitionRecord>('dtp', TRANSITIONS),
  };
}
