import { SetMetadata, type Type } from '@nestjs/common';
import type { JsonObject, TaskError } from '@taskpilot/contracts';

/** What a handler is told about the attempt that it runs. */
export interface TaskContext {
  readonly taskId: string;
  readonly type: string;
  readonly payload: JsonObject;
  /** Counts every claim of the task, from 1. */
  readonly attempt: number;
  /** How many attempts have failed or timed out before this one. */
  readonly failedAttempts: number;
  /** W3C trace context of the request that created the task. */
  readonly traceparent: string | null;
  /**
   * Fires on cancel, timeout, deadline, drain and when the lease is about to end. A handler should stop then. A copy by
   * `{ ...task }` has it too; an object that inherits from this one, or a proxy of it, has not.
   */
  readonly signal: AbortSignal;
}

/**
 * The work behind one task type. What `run` resolves to becomes the task's result; what it throws becomes the
 * attempt's error. Execution is at-least-once: a handler that touches the outside must be safe to repeat.
 */
export interface TaskHandler {
  run(task: TaskContext): Promise<unknown>;
}

export interface TaskHandlerOptions {
  /** A class-validator class that payloads of this type must satisfy; checked when a task is enqueued. */
  readonly payload?: Type<object>;
}

export interface TaskHandlerMetadata extends TaskHandlerOptions {
  readonly type: string;
}

export const TASK_HANDLER = Symbol('task handler');

/** Marks a Nest provider as the handler of a task type. A doubled type fails the boot. */
export const TaskHandler = (type: string, options: TaskHandlerOptions = {}): ClassDecorator =>
  SetMetadata(TASK_HANDLER, { type, ...options } satisfies TaskHandlerMetadata);

/** A failure with a code of the handler's own. Retried under the task's policy. */
export class TaskFailure extends Error {
  constructor(
    readonly error: TaskError,
    /** A delay that the handler asks for (milliseconds), bounded by the policy's `maxDelayMs`. */
    readonly retryAfterMs?: number,
  ) {
    super(error.message);
  }
}

/** A failure that no repetition can mend: the task ends `FAILED`, whatever tries are left. */
export class NonRetryableFailure extends TaskFailure {}

/** Not a failure: the handler asks to be run again after `delayMs`, at no cost in attempts. */
export class Snooze extends Error {
  constructor(readonly delayMs: number) {
    super(`snoozed for ${delayMs} ms`);
  }
}
