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

/** A task for DTP to make, however often it is asked to. */
export interface TaskCreate {
  readonly idempotencyKey: string;
  /** The exact JSON text, of an object with at least one member. */
  readonly body: string;
}

/**
 * The control plane's port to DTP. Reads may be repeated by nature, and creates by their key. A cancel may be too, but not
 * unseen: one that has just succeeded, its answer lost, would be told that the task has already ended.
 * Each throws SchedulerFailure when there is no answer, or none of the DTP instance that is expected.
 */
export abstract class SchedulerClient {
  abstract createTask(create: TaskCreate): Promise<SchedulerAnswer>;

  /** By one call, which answers for each in the order given. DTP takes each of them as if it had come alone. */
  abstract createTasks(creates: readonly TaskCreate[]): Promise<SchedulerAnswer>;

  abstract findTaskByKey(idempotencyKey: string): Promise<SchedulerAnswer>;

  abstract getTask(id: string): Promise<SchedulerAnswer>;

  abstract listAttempts(id: string): Promise<SchedulerAnswer>;

  abstract cancelTask(id: string): Promise<SchedulerAnswer>;

  /** Asks for nothing but an answer, to learn which instance is there. */
  abstract probe(): Promise<SchedulerAnswer>;
}

/**
 * Why there is no answer to work with. `unavailable`: it could not be reached, or another instance is there. `lost`: the
 * connection broke before an answer came. `timeout`: it did not answer in time. After those two, whether DTP has taken the
 * call is not known. `nonsense`: what came cannot be understood as DTP's.
 */
export type SchedulerFailureKind = 'unavailable' | 'lost' | 'timeout' | 'nonsense';

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
