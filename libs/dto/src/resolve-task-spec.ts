import {
  DEFAULT_RETRY_POLICY,
  type JsonObject,
  type RetryPolicy,
  TASK_DEFAULTS,
  type TaskSpec,
  type Timestamp,
} from '@taskpilot/contracts';
import { normaliseTimestamp } from './timestamp.ts';

/** A task's description with every default filled in and every time in its one form. */
export interface ResolvedTaskSpec {
  readonly type: string;
  readonly payload: JsonObject;
  readonly queue: string;
  readonly priority: number;
  readonly runAt: Timestamp | null;
  readonly retryPolicy: RetryPolicy;
  readonly timeoutMs: number;
  readonly deadlineAt: Timestamp | null;
}

/** Fills in what the creator of a task left out. Takes what has passed validation, and only the fields of a spec. */
export function resolveTaskSpec(spec: TaskSpec): ResolvedTaskSpec {
  return {
    type: spec.type,
    payload: spec.payload ?? {},
    queue: spec.queue ?? TASK_DEFAULTS.queue,
    priority: spec.priority ?? TASK_DEFAULTS.priority,
    runAt: spec.runAt ? normaliseTimestamp(spec.runAt) : null,
    retryPolicy: spec.retryPolicy ? { ...DEFAULT_RETRY_POLICY, ...spec.retryPolicy } : DEFAULT_RETRY_POLICY,
    timeoutMs: spec.timeoutMs ?? TASK_DEFAULTS.timeoutMs,
    deadlineAt: spec.deadlineAt ? normaliseTimestamp(spec.deadlineAt) : null,
  };
}
