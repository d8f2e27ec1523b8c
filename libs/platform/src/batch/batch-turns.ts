import { setImmediate as nextTurn } from 'node:timers/promises';
import { MAX_BATCH_ITEMS, MAX_BIND_ITEMS } from '@taskpilot/contracts';
import { NoTurn, PATIENCE_MS } from '../database/no-turn.ts';

/** Enough to keep a database busy. */
const MOST_ITEMS = 4 * MAX_BATCH_ITEMS;
/** Those must not wait behind the full batches of others. */
const SMALL = MAX_BIND_ITEMS;
const ROOM_FOR_SMALL = 2 * SMALL;

interface Waiting {
  readonly items: number;
  readonly isSmall: boolean;
  readonly begin: () => void;
}

/**
 * Bounds how many items of batches are being created at once by this process, in the order in which the batches came; for
 * small ones there is room of their own, and no other while a larger one waits. Once it has begun, a batch waits for as
 * long as it takes; so what there is no room for is refused before, whole: 20 batches of 1,000 would stand before every
 * single task otherwise.
 */
export class BatchTurns {
  private atWork = 0;
  private smallAtWork = 0;
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
      const isSmall = items <= SMALL;
      const place = {
        items,
        isSmall,
        begin: () => {
          clearTimeout(timer);
          this.count(items, isSmall);
          resolve(() => {
            this.count(-items, isSmall);
            this.letIn();
          });
        },
      };
      this.waiting.add(place);
      this.letIn();
    });
  }

  private count(items: number, isSmall: boolean): void {
    this.atWork += items;
    if (isSmall) this.smallAtWork += items;
  }

  private letIn(): void {
    let smallWaits = false;
    let largeWaits = false;
    for (const place of this.waiting) {
      if (place.isSmall) smallWaits ||= !this.hasRoomForSmall(place.items, largeWaits);
      else largeWaits ||= this.atWork + place.items > MOST_ITEMS;
      if (place.isSmall ? smallWaits : largeWaits) continue;
      this.waiting.delete(place);
      place.begin();
    }
  }

  /** Small ones that came later would keep a large one waiting for as long as there are any. */
  private hasRoomForSmall(items: number, isBehindLarge: boolean): boolean {
    if (isBehindLarge && this.smallAtWork + items > ROOM_FOR_SMALL) return false;
    return this.atWork + items <= MOST_ITEMS + ROOM_FOR_SMALL;
  }
}
