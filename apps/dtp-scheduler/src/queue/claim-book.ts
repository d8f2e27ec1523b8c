import type { AttemptRef } from './task-queue.ts';

interface OpenClaim {
  readonly id: string;
  held: number;
}

interface HeldTask {
  readonly attempt: number;
  readonly claim: OpenClaim;
}

/**
 * Which claims of one worker still hold something, so that those that do not can be forgotten in the database by the
 * next claim, at no transaction of their own. A claim lost from memory is found by the audit.
 */
export class ClaimBook {
  private readonly tasks = new Map<string, HeldTask>();
  private finished: string[] = [];

  opened(claimId: string, attempts: readonly AttemptRef[]): void {
    const claim = { id: claimId, held: attempts.length };
    for (const { id, attempt } of attempts) {
      // Claimed again before the answer about its last attempt has arrived: that one has ended, or it would be held.
      const last = this.tasks.get(id);
      if (last) this.letGo(last.claim);
      this.tasks.set(id, { attempt, claim });
    }
  }

  ended(attempt: AttemptRef): void {
    const claim = this.strike(attempt);
    if (claim) this.letGo(claim);
  }

  /**
   * Its end came too late, or an audit has given it back, and the task may still be held, where the lease has lapsed and
   * nobody has rescued it yet: its claim is how it is found. So that claim stays, for the audit to forget.
   */
  stale(attempt: AttemptRef): void {
    this.strike(attempt);
  }

  /** What it has beside these, and beside what is just being handed over by the `pending` claims. */
  unheld(held: readonly AttemptRef[], pending: readonly string[]): readonly AttemptRef[] {
    const attempts = new Map(held.map(({ id, attempt }) => [id, attempt]));
    return [...this.tasks].flatMap(([id, { attempt, claim }]) =>
      attempts.get(id) === attempt || pending.includes(claim.id) ? [] : [{ id, attempt }],
    );
  }

  /** Hands over the claims to forget. Those of a statement that then fails stay for the audit. */
  takeFinished(): readonly string[] {
    const finished = this.finished;
    this.finished = [];
    return finished;
  }

  private strike({ id, attempt }: AttemptRef): OpenClaim | null {
    const task = this.tasks.get(id);
    if (task?.attempt !== attempt) return null;
    this.tasks.delete(id);
    return task.claim;
  }

  private letGo(claim: OpenClaim): void {
    claim.held--;
    if (claim.held === 0) this.finished.push(claim.id);
  }
}
