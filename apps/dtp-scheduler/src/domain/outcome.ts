import type { TaskError } from '@taskpilot/contracts';

/**
 * What may follow a failure, as far as the handler has a say: `policy` leaves it to the task's retry policy, `never`
 * makes it final, `after` asks for a delay of its own (milliseconds), which the policy's `maxDelayMs` still bounds.
 */
export type RetryAdvice =
  | { readonly kind: 'policy' }
  | { readonly kind: 'never' }
  | { readonly kind: 'after'; readonly delayMs: number };

/** How the execution of one attempt ended, before anything is recorded. */
export type Outcome =
  | { readonly kind: 'succeeded'; readonly result: unknown }
  | { readonly kind: 'failed'; readonly error: TaskError; readonly advice: RetryAdvice; readonly timedOut: boolean }
  /** The handler asks to be run again later; costs no attempt. */
  | { readonly kind: 'snoozed'; readonly delayMs: number }
  /** The handler stopped because its task is being cancelled. */
  | { readonly kind: 'cancelled' }
  /** The worker gives the task back unfinished (drain, lapsed lease); costs no attempt. */
  | { readonly kind: 'released' };
