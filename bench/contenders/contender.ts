import type { Client } from 'pg';

/** A process that takes tasks from the queue and runs them. */
export interface Worker {
  readonly pid: number;
  /** Why it is gone, or `null` while it runs. */
  gone(): string | null;
  /** Ends it in good order. Resolves to how many tasks it says it has run, `null` when it does not count. */
  stop(): Promise<number | null>;
}

export interface Drained {
  readonly tasks: number;
  /** Tasks that had been run before, in the same database. */
  readonly finishedBefore: number;
  /** What the workers counted themselves, where they do. */
  readonly handled: number;
}

/** A job queue on PostgreSQL, so far as draining it goes. */
export interface Contender {
  readonly name: string;
  /** The table that claims take from. Locked while the workers boot, so that all begin at one moment. */
  readonly gate: string;
  /** How many claims one worker process has under way at once. */
  readonly claimers: number;
  /** SQL that finds a row, in constant time, while tasks wait. Looks from the far end: the near one is dead rows. */
  readonly waiting: string;
  /** SQL that finds a row while anything has not been recorded as done. Asked only once nothing waits any more. */
  readonly unrecorded: string;
  /** Makes the schema in an empty database. */
  migrate(url: string): Promise<void>;
  /** Adds tasks that do nothing. */
  fill(url: string, tasks: number): Promise<void>;
  startWorker(url: string): Promise<Worker>;
  /** Adds so many finished tasks, each a copy of one that has been run. */
  copyFinished?(url: string, tasks: number): Promise<void>;
  /** @throws Error when not every task has been run and recorded, once */
  verify(database: Client, drained: Drained): Promise<void>;
}
