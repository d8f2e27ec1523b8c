import { type BindError, type Problem, type ProblemCode, UUID_PATTERN } from '@taskpilot/contracts';
import { parseObject } from '../scheduler-client/parse-object.ts';
import type { SchedulerAnswer } from '../scheduler-client/scheduler-client.ts';

/** What DTP's answer to `POST /tasks` means for the binding. */
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
const AWAY: ReadonlySet<number> = new Set([421, 429, 502, 503, 504]);
const MAX_ERRORS = 100;

export function readCreateAnswer(answer: SchedulerAnswer, key: string): CreateVerdict {
  const body = parseObject(answer.body);
  const { status } = answer;
  if (status === 200 || status === 201) {
    if (body?.idempotencyKey === key && isUuid(body.id)) return { kind: 'bound', schedulerTaskId: body.id };
  } else if (status === 410) {
    if (isUuid(body?.taskId)) return { kind: 'bound', schedulerTaskId: body.taskId };
  } else if (status >= 400 && status < 500 && REFUSALS.has(body?.code)) {
    return { kind: 'refused', error: toBindError(status, body as unknown as Problem) };
  }
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
