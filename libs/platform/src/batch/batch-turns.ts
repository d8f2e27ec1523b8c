import { setImmediate as nextTurn } from 'node:timers/promises';
import { MAX_BATCH_ITEMS } from '@taskpilot/contracts';
import { NoTurn, PATIENCE_MS } from '../database/no-turn.ts';

/** Enough to keep a database busy. */
const MOST_ITEMS = 4 * MAX_BATCH_ITEMS;
/** As many as TaskPilot binds by one call: those must not wait behind the full batches of others. */
const SMALL = MAX_BATCH_ITEMS / 2;
const MOST_ITEMS_WITH_SMALL = MOST_ITEMS + 2 * SMALL;

interface Waiting {
  readonly items: number;
  /** How many items may be at work, these included. */
  readonly most: number;
  readonly begin: () => void;
}

/**
 * Bounds how many items of batches are being created at once by this process, in the order in which the batches came; for
 * small ones there is room of their own. Once it has begun, a batch waits for as long as it takes; so what there is no
 * room for is refused before, whole: 20 batches of 1,000 would stand before every single task otherwise.
 */
export class BatchTurns {
  private atWork = 0;
  private readonly waiting = new Set<Waiting>();

  /**
   * Resolves when the batch may begin, to what ends its turn.
   * @throws NoTurn
   */
  take(items: number): Promise<() => void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(async () => {
        // Where this process itself has stood still, others may have ended meanwhile.
        await nextTurn();
        if (this.waiting.delete(place)) reject(new NoTurn());
        this.letIn();
      }, PATIENCE_MS);
      const place = {
        items,
        most: items <= SMALL ? MOST_ITEMS_WITH_SMALL : MOST_ITEMS,
        begin: () => {
          clearTimeout(timer);
          this.atWork += items;
          resolve(() => this.end(items));
        },
      };
      this.waiting.add(place);
      this.letIn();
    });
  }

  private end(items: number): void {
    this.atWork -= items;
    this.letIn();
  }

  private letIn(): void {
    const full = new Set<number>();
    for (const place of this.waiting) {
      if (this.atWork + place.items > place.most) full.add(place.most);
      if (full.has(place.most)) continue;
      this.waiting.delete(place);
      place.begin();
    }
  }
}
