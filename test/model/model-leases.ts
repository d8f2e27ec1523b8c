import type { Minutes } from './model-task.ts';

/** Who has a lease, and until when. Extended one after the other, so of two that end at once the older one is first. */
export class ModelLeases {
  private readonly untilOf = new Map<string, Minutes>();

  extend(worker: string, until: Minutes): void {
    // Again at the end of the order of insertion.
    this.untilOf.delete(worker);
    this.untilOf.set(worker, until);
  }

  /** Returns whether there was one. */
  end(worker: string): boolean {
    return this.untilOf.delete(worker);
  }

  until(worker: string): Minutes {
    return this.untilOf.get(worker) ?? Number.NEGATIVE_INFINITY;
  }

  firstLapsed(now: Minutes): string | null {
    const lapsed = this.workers().filter((worker) => this.until(worker) <= now);
    return lapsed.sort((a, b) => this.until(a) - this.until(b))[0] ?? null;
  }

  workers(): string[] {
    return [...this.untilOf.keys()];
  }
}
