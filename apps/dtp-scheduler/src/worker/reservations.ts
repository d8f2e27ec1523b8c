/** What must not overlap with the beginning of one. */
type Reason = 'audit' | 'isolation';

/** Free slots that are promised to tasks which are being enqueued in this process. */
export class Reservations {
  private readonly underWay = new Set<Promise<void>>();
  private readonly closedFor = new Set<Reason>();
  private slots = 0;

  /** How many slots are promised. */
  get promised(): number {
    return this.slots;
  }

  get isClosed(): boolean {
    return this.closedFor.size > 0;
  }

  get isIdle(): boolean {
    return this.underWay.size === 0;
  }

  /** Returns what ends it. */
  open(slots: number): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.slots += slots;
    this.underWay.add(promise);
    return () => {
      this.slots -= slots;
      this.underWay.delete(promise);
      resolve();
    };
  }

  /** None is to begin until `reopen`. Those under way go on. */
  close(reason: Reason): void {
    this.closedFor.add(reason);
  }

  reopen(reason: Reason): void {
    this.closedFor.delete(reason);
  }

  /** Resolves when those that are under way have ended. */
  async settled(): Promise<void> {
    await Promise.all(this.underWay);
  }
}
