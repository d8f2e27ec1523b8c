import type { SteadyWork } from '../pacing/steady-interval.ts';

/** Work that every process does for all of them, whatever its role: there is no leader. Safe to run in all at once. */
export interface Sweep extends SteadyWork {
  /** How long (milliseconds) the database must have been answering without a break before the sweep may run. */
  readonly restAfterOutageMs?: number;
  /** Subscribes to what should wake the sweep before its time. Returns the unsubscriber. */
  wakeOn?(wake: () => void): () => void;
}
