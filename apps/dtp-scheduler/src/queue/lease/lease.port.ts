/**
 * The clock of leases (milliseconds): monotonic, and the same in every thread of the process, which
 * `performance.now()` is not.
 */
export const monotonicMs = (): number => Number(process.hrtime.bigint()) / 1e6;

/**
 * The lease of this process's worker, and the token it is injected by. It is kept alive away from the event loop
 * that runs the handlers.
 */
export abstract class WorkerLease {
  /** Registers a worker and extends its lease from then on. Resolves once the lease lives, however long that takes. */
  abstract acquire(workerId: string, types: readonly string[]): Promise<void>;
  /** When the last good heartbeat was sent, by `monotonicMs`. The lease lasts at least its length from then. */
  abstract lastBeatMs(): number;
  /** The listener is told once the lease is known to be gone. */
  abstract onLapsed(listener: (workerId: string) => void): void;
  /** Stops extending the lease; its row stays as it is. */
  abstract abandon(): void;
  /** Ends everything that `acquire` has started. */
  abstract close(): Promise<void>;
}
