import { type FieldError, PROBLEMS, type ProblemCode } from '@taskpilot/contracts';

/** What a problem can say beside its code and its detail. */
export interface ProblemExtensions {
  readonly errors?: readonly FieldError[];
  /** `TASK_NOT_CANCELLABLE`: the terminal state that stands in the way. */
  readonly state?: string;
  /** `TASK_EXPIRED`: the id that the pruned task had. */
  readonly taskId?: string;
  /** Sent as `Retry-After`, in seconds; part of a body only within the answer to a batch. */
  readonly retryAfterS?: number;
}

/** An error for the caller of the API. Thrown anywhere; the HTTP layer answers it as `application/problem+json`. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';

  /** @param detail what was wrong, where, and what to do: the caller reads it as it is */
  constructor(
    readonly code: ProblemCode,
    detail: string,
    readonly extensions: ProblemExtensions = {},
  ) {
    super(detail);
  }

  get status(): number {
    return PROBLEMS[this.code].status;
  }
}
