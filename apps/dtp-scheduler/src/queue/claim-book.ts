import type { AttemptRef } from './task-queue.ts';

/**
 * Which of this process's claims still hold something, so that those that do not can be forgotten in the database by
 * the next claim, at no transaction of their own. A claim lost from memory is found by the audit.
 */
export class ClaimBook {
  private readonly claimOf = new Map<string, string>();
  private readonly heldBy = new Map<string, number>();
  private finished: string[] = [];

  opened(claimId: string, tasks: readonly AttemptRef[]): void {
    if (tasks.length === 0) return;
    for (const task of tasks) this.claimOf.set(task.id, claimId);
    this.heldBy.set(claimId, (this.heldBy.get(claimId) ?? 0) + tasks.length);
  }

  ended(taskId: string): void {
    const claimId = this.claimOf.get(taskId);
    if (claimId === undefined) return;
    this.claimOf.delete(taskId);
    const held = (this.heldBy.get(claimId) ?? 0) - 1;
    if (held > 0) {
      this.heldBy.set(claimId, held);
    } else {
      this.heldBy.delete(claimId);
      this.finished.push(claimId);
    }
  }

  /** Hands over the claims to forget. Those of a statement that then fails stay for the audit. */
  takeFinished(): readonly string[] {
    const finished = this.finished;
    this.finished = [];
    return finished;
  }
}
