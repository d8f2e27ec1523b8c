import type { AttemptEnd, AttemptRef, ClaimLane } from '../../apps/dtp-scheduler/src/queue/task-queue.ts';
import { isInLane } from './model-task.ts';
import { QueueModel } from './queue-model.ts';
import type { Snapshot } from './snapshot.ts';

/** A worker as a process is one: it has an id while it believes in its lease, and remembers what it holds. */
export interface WorkerSlot {
  id: string | null;
  memory: AttemptRef[];
}

export interface Actor {
  readonly pick: number;
  readonly isAny: boolean;
}

export const WORKERS = 3;

/** What a run begins with: the model, its workers, and everything that can be referred to. */
export class World {
  readonly model = new QueueModel();
  readonly slots: readonly WorkerSlot[] = Array.from({ length: WORKERS }, () => ({ id: null, memory: [] }));
  /** Every attempt that a worker was ever given, so that stale ones are tried as well. */
  readonly known: AttemptRef[] = [];
  /** In the order of their enqueuing; pruned ones stay. */
  readonly taskIds: string[] = [];
  /** What was stored after the last command. */
  stored: Snapshot | null = null;

  slot(index: number): WorkerSlot & { readonly id: string } {
    return this.slots[index] as WorkerSlot & { readonly id: string };
  }

  /** Turns a pick into a worker: one with a live lease that suits, if there is any, unless told that any will do. */
  actor({ pick, isAny }: Actor, suits: (slot: WorkerSlot) => boolean = () => true): number {
    const indexes = [...this.slots.keys()];
    const able = indexes.filter((index) => {
      const slot = this.slots[index]!;
      return slot.id !== null && this.model.isAlive(slot.id) && suits(slot);
    });
    const pool = isAny || able.length === 0 ? indexes : able;
    return pool[pick % pool.length]!;
  }

  /** The lane with the most to offer, suspects first. */
  busiestLane(types: readonly string[]): ClaimLane {
    const claimable = [...this.model.tasks.values()].filter((task) => this.model.isClaimable(task));
    const offer = (lane: ClaimLane) =>
      claimable.filter((task) => types.includes(task.type) && isInLane(task, lane)).length;
    return (['lostTwice', 'lostOnce', 'fresh'] as const).reduce((a, b) => (offer(b) > offer(a) ? b : a));
  }

  forget(slot: WorkerSlot, ended: readonly AttemptEnd[]): void {
    slot.memory = slot.memory.filter(
      (held) => !ended.some((end) => end.id === held.id && end.attempt === held.attempt),
    );
  }

  /** Whether one ready task stands before another of its priority. */
  readonly inLine = (a: string, b: string): number => {
    const place = (id: string) => `${this.stored?.ready.find((entry) => entry.id === id)?.at} ${id}`;
    return place(a) < place(b) ? -1 : 1;
  };
}
