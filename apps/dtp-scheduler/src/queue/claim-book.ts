import type { AttemptRef } from './task-queue.ts';

const keyOf = ({ id, attempt }: AttemptRef): string => `${id}:${attempt}`;

/**
 * Which claims of one worker still hold something, so that those that do not can be forgotten in the database by the
 * next claim, at no transaction of their own. Kept by attempt: a task may be claimed again before the answer about its
 * last attempt has arrived. A claim lost from memory is found by the audit.
 */
export class ClaimBook {
  private readonly claimOf = new Map<string, string>();
  private readonly heldBy = new Map<string, number>();
  private finished: string[] = [];

  opened(claimId: string, attempts: readonly AttemptRef[]): void {
    if (attempts.length === 0) return;
    for (const attempt of attempts) this.claimOf.set(keyOf(attempt), claimId);
    this.heldBy.set(claimId, attempts.length);
  }

  ended(attempt: AttemptRef): void {
    const key = keyOf(attempt);
    const claimId = this.claimOf.get(key);
    if (claimId === undefined) return;
    this.claimOf.delete(key);
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
