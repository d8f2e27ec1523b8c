import { outsideRequests } from '@taskpilot/platform';
import { v7 as uuidv7 } from 'uuid';
import type { ClaimBook } from './claim-book.ts';
import type { PendingClaim } from './enqueuer.ts';
import type { EnqueuedRow } from './statements/enqueue-tasks.ts';
import type { ClaimedTask, NewTask, WaitingWorker } from './task-queue.ts';

/**
 * Claims made by the statement that stores the tasks, for a worker of this process that waits for some. Like Hatchet's
 * optimistic scheduling: with nothing queued before it, a task need not go through the queue.
 */
export class ImmediateClaims {
  private worker: WaitingWorker | null = null;
  private readonly pending = new Set<string>();

  constructor(
    private readonly bookOf: (workerId: string) => ClaimBook,
    private readonly onClaimed: (tasks: readonly ClaimedTask[]) => void,
  ) {}

  attach(worker: WaitingWorker): void {
    this.worker = worker;
  }

  /** The ids of those that may be in the database, and whose tasks are not in their worker's memory yet. */
  get pendingIds(): readonly string[] {
    return [...this.pending];
  }

  /** For `count` tasks. */
  open(count: number): PendingClaim | null {
    const reservation = this.worker?.reserve(count);
    if (!reservation) return null;
    const { workerId, types } = reservation;
    const claimId = uuidv7();
    const book = this.bookOf(workerId);
    this.pending.add(claimId);
    // What the worker then does is for all: it is not part of the request that brought these tasks.
    const end = (how: () => void) => {
      this.pending.delete(claimId);
      outsideRequests(how);
    };
    return {
      workerId,
      claimId,
      types,
      finished: book.takeFinished(),
      stored: (tasks, rows) => {
        const claimed = claimedOf(tasks, rows);
        if (claimed.length > 0) {
          book.opened(claimId, claimed);
          this.onClaimed(claimed);
        }
        // After this turn of the event loop, in which callers are answered: a handler may hold it for long.
        setImmediate(() => end(() => reservation.take(claimed)));
      },
      unknown: () => end(() => reservation.fail()),
    };
  }
}

function claimedOf(tasks: readonly NewTask[], rows: readonly EnqueuedRow[]): readonly ClaimedTask[] {
  const claimed = new Map(rows.filter(({ place }) => place === 'claimed').map((row) => [row.id, row]));
  if (claimed.size === 0) return [];
  return tasks.toSorted(highestFirst).flatMap((task) => {
    const row = claimed.get(task.id);
    return row ? [claimedTask(task, row)] : [];
  });
}

/** As a claim hands them over. Ids rise with time. */
const highestFirst = (a: NewTask, b: NewTask): number => b.priority - a.priority || (a.id < b.id ? -1 : 1);

/** As a claim would read it back. */
function claimedTask(task: NewTask, { deadline_in_ms }: EnqueuedRow): ClaimedTask {
  return {
    id: task.id,
    attempt: 1,
    type: task.type,
    // The handler's own: what it does to it must not show in an answer that has not been written yet.
    payload: JSON.parse(JSON.stringify(task.payload)),
    failedAttempts: 0,
    lostAttempts: 0,
    retryPolicy: task.retryPolicy,
    timeoutMs: task.timeoutMs,
    deadlineInMs: deadline_in_ms,
    traceparent: task.traceparent,
  };
}
