import { type BindError, type Problem, type ProblemCode, UUID_PATTERN } from '@taskpilot/contracts';
import { isJsonObject } from '@taskpilot/dto';
import { parseObject } from '../scheduler-client/parse-object.ts';
import type { SchedulerAnswer } from '../scheduler-client/scheduler-client.ts';

/** What DTP's answer to the create of a task means for its binding. */
export type CreateVerdict =
  | { readonly kind: 'bound'; readonly schedulerTaskId: string }
  /** To send the task again changes nothing: it is at fault itself, or its key has made something else. */
  | { readonly kind: 'refused'; readonly error: BindError }
  /** `isAway`: it looks as if DTP would answer the same to every task now. */
  | { readonly kind: 'unsettled'; readonly reason: string; readonly isAway: boolean };

/**
 * The codes by which DTP refuses a task for what it is. Others of the same statuses tell of the call alone: BAD_REQUEST,
 * say, of a body that arrived too slowly.
 */
const REFUSALS: ReadonlySet<unknown> = new Set<ProblemCode>([
  'VALIDATION_FAILED',
  'MALFORMED_JSON',
  'BODY_TOO_LARGE',
  'IDEMPOTENCY_MISMATCH',
]);
/** By these DTP would answer to every task now. */
const AWAY: ReadonlySet<unknown> = new Set([421, 429, 502, 503, 504]);
const MAX_ERRORS = 100;

/** Of `POST /tasks`. */
export function readCreateAnswer({ status, body }: SchedulerAnswer, key: string): CreateVerdict {
  return readAnswer(status, parseObject(body), key);
}

/**
 * Of `POST /tasks/batch`, one verdict for each key. `null` when DTP took exception to the call as a whole: one of its
 * tasks may be the cause, so each has to be asked for alone.
 */
export function readBatchAnswer({ status, body }: SchedulerAnswer, keys: readonly string[]): CreateVerdict[] | null {
  if (status !== 200) return AWAY.has(status) ? keys.map(() => unsettled(status)) : null;
  const items = parseObject(body)?.items;
  return keys.map((key, index) => {
    const item: unknown = Array.isArray(items) ? items[index] : null;
    if (!isJsonObject(item)) return unsettled(status);
    const answer = item.task ?? item.problem;
    return readAnswer(Number(item.status), isJsonObject(answer) ? answer : null, key);
  });
}

function readAnswer(status: number, body: Record<string, unknown> | null, key: string): CreateVerdict {
  if (status === 200 || status === 201) {
    if (body?.idempotencyKey === key && isUuid(body.id)) return { kind: 'bound', schedulerTaskId: body.id };
  } else if (status === 410) {
    if (isUuid(body?.taskId)) return { kind: 'bound', schedulerTaskId: body.taskId };
  } else if (status >= 400 && status < 500 && REFUSALS.has(body?.code)) {
    return { kind: 'refused', error: toBindError(status, body as unknown as Problem) };
  }
  return unsettled(status);
}

function unsettled(status: number): CreateVerdict {
  return { kind: 'unsettled', reason: `DTP answered ${status}`, isAway: AWAY.has(status) };
}

/** The execution that DTP's list of the key's tasks shows, if it does. `undefined`: the answer is no such list. */
export function readKeyAnswer(answer: SchedulerAnswer, key: string): string | null | undefined {
  const items = answer.status === 200 ? parseObject(answer.body)?.items : undefined;
  if (!Array.isArray(items)) return undefined;
  const task = items.find((item) => item?.idempotencyKey === key && isUuid(item.id));
  return task ? String(task.id) : null;
}

function isUuid(value: unknown): value is string {
  return typeof value === 'string' && UUID_PATTERN.test(value);
}

function toBindError(status: number, { code, detail, errors }: Problem): BindError {
  return {
    code,
    status,
    detail: String(detail),
    errors: (Array.isArray(errors) ? errors : []).slice(0, MAX_ERRORS).map((error) => ({
      pointer: String(error?.pointer),
      detail: String(error?.detail),
    })),
  };
}
