import type { AsyncCommand } from 'fast-check';
import { expectAgreement } from './agreement.ts';
import type { RealQueue } from './real-queue.ts';
import type { World } from './world.ts';

export const MINUTE_MS = 60_000;
/** What workers know how to run. */
export const TYPES = ['echo', 'sleep'];
/** The third worker knows less than the others. */
export const typesOf = (worker: number): readonly string[] => (worker === 2 ? TYPES.slice(0, 1) : TYPES);

export type QueueCommand = AsyncCommand<World, RealQueue>;

let executed = 0;
/** How many commands have run in this process, those aside whose condition did not hold. */
export const executedCommands = (): number => executed;

/** A step of both the model and the queue, after which the two must agree. */
export function command(
  name: string,
  run: (world: World, real: RealQueue) => Promise<unknown>,
  isPossible: (world: World) => boolean = () => true,
): QueueCommand {
  return {
    check: isPossible,
    run: async (world, real) => {
      const before = world.stored;
      await run(world, real);
      world.stored = await real.snapshot();
      expectAgreement(world.model, world.stored);
      // Whatever becomes ready stands behind all that was: claims scan forward from where they were.
      const last = before?.ready.map(({ at }) => at).reduce((a, b) => (a > b ? a : b), '') ?? '';
      for (const { id, at } of world.stored.ready) {
        if (!before?.ready.some((entry) => entry.id === id && entry.at === at)) expect(at > last).toBe(true);
      }
      executed++;
    },
    toString: () => name,
  };
}
