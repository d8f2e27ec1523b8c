/** An answer of the execution plane's own, whatever its status. */
export interface SchedulerAnswer {
  readonly status: number;
  readonly contentType: string;
  /** Exactly the bytes that came. */
  readonly body: Buffer;
  /** What DTP asks for by `Retry-After`, in seconds. */
  readonly retryAfterS: number | null;
  /** The DTP database that answered. */
  readonly instanceId: string | null;
}

/**
 * The control plane's port to DTP. Every call may be repeated: reads and cancels by nature, creates by their key.
 * Each throws SchedulerFailure when there is no answer, or none of the DTP instance that is expected.
 */
export abstract class SchedulerClient {
  /** @param body the exact JSON text */
  abstract createTask(idempotencyKey: string, body: string): Promise<SchedulerAnswer>;

  abstract findTaskByKey(idempotencyKey: string): Promise<SchedulerAnswer>;

  abstract getTask(id: string): Promise<SchedulerAnswer>;

  abstract listAttempts(id: string): Promise<SchedulerAnswer>;

  abstract cancelTask(id: string): Promise<SchedulerAnswer>;

  /** Asks for nothing but an answer, to learn which instance is there. */
  abstract probe(): Promise<SchedulerAnswer>;
}

/**
 * Why there is no answer to work with. `unavailable`: it could not be reached, or another instance is there.
 * `timeout`: it did not answer in time. `nonsense`: what came cannot be understood as DTP's.
 */
export type SchedulerFailureKind = 'unavailable' | 'timeout' | 'nonsense';

export class SchedulerFailure extends Error {
  override readonly name = 'SchedulerFailure';

  constructor(
    readonly kind: SchedulerFailureKind,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
