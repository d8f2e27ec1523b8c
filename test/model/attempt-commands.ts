import fc from 'fast-check';
import type {
  AttemptEnd,
  AttemptRef,
  ClaimedTask,
  ClaimLane,
  TaskQueue,
} from '../../apps/dtp-scheduler/src/queue/task-queue.ts';
import { command, MINUTE_MS, type QueueCommand, typesOf } from './command.ts';
import type { ModelTask } from './model-task.ts';
import type { RealQueue } from './real-queue.ts';
import { WORKERS, type WorkerSlot, type World } from './world.ts';

const error = { code: 'HANDLER_ERROR', message: 'no' };
const VERBS = ['complete', 'retry', 'retry', 'retry', 'fail', 'time out', 'snooze', 'release', 'settle'] as const;

/** Mostly somebody who can do it. */
export const actor = fc.record({ pick: fc.nat(WORKERS - 1), isAny: fc.constantFrom(false, false, false, false, true) });

const claimInput = fc.record({
  by: actor,
  /** The lane that has something to offer, or one by name. */
  lane: fc.constantFrom<ClaimLane | null>(null, null, null, 'fresh', 'lostOnce', 'lostTwice'),
  limit: fc.integer({ min: 1, max: 4 }),
});
type ClaimInput = typeof claimInput extends fc.Arbitrary<infer Input> ? Input : never;

const claimCommand = (
  name: string,
  input: ClaimInput,
  queueOf: (real: RealQueue, index: number) => TaskQueue,
  isHeard: boolean,
): QueueCommand =>
  command(
    `${name} ${JSON.stringify(input)}`,
    async (world, real) => {
      const index = world.actor(input.by);
      const worker = world.slot(index);
      const types = typesOf(index);
      const request = { types, limit: input.limit, lane: input.lane ?? world.busiestLane(types) };
      const expected = world.model.claim(worker.id, request, world.inLine);
      const claimed = await queueOf(real, index).claim({ ...request, workerId: worker.id });
      expect(claimed.map(shown).sort(byId)).toEqual(expected.map(shownModel).sort(byId));
      const priorities = claimed.map(({ id }) => world.model.tasks.get(id)!.priority);
      expect(priorities).toEqual(priorities.toSorted((a, b) => b - a));
      const attempts = expected.map(({ id, attempt }) => ({ id, attempt }));
      world.known.push(...attempts);
      if (isHeard) worker.memory.push(...attempts);
    },
    (world) => world.slot(world.actor(input.by)).id !== null,
  );

const byId = (a: { readonly id: string }, b: { readonly id: string }): number => (a.id < b.id ? -1 : 1);
const shown = (task: ClaimedTask) => ({
  ...{ id: task.id, attempt: task.attempt, failed: task.failedAttempts, lost: task.lostAttempts, type: task.type },
});
const shownModel = ({ id, attempt, failed, lost, type }: ModelTask) => ({ id, attempt, failed, lost, type });

export const claim = claimInput.map((input) => claimCommand('claim', input, (real, index) => real.of(index), true));

/** It commits, and nobody hears of it: only an audit, or the end of the worker, gives the tasks back. */
export const claimLosingAnswer = claimInput.map((input) =>
  claimCommand('claim, its answer lost,', input, (real) => real.stranger(), false),
);

const isBusy = ({ memory }: WorkerSlot): boolean => memory.length > 0;

/** Ends some attempts in one batch: of those that the worker holds, and of all that any worker ever held. */
export const end = fc
  .record({
    by: actor,
    picks: fc.array(
      fc.record({
        verb: fc.constantFrom(...VERBS),
        pick: fc.nat(),
        /** One that it holds, the attempt before that, or any that a worker ever held. */
        which: fc.constantFrom('held', 'held', 'held', 'before', 'known'),
        delay: fc.constantFrom(0, 5, 15),
      }),
      { minLength: 1, maxLength: 3 },
    ),
  })
  .map(({ by, picks }) =>
    command(
      `end ${JSON.stringify({ by, picks })}`,
      async (world, real) => {
        const index = world.actor(by, isBusy);
        const worker = world.slot(index);
        const ends = new Map<string, AttemptEnd>();
        for (const { verb, pick, which, delay } of picks) {
          const pool = which === 'known' ? world.known : worker.memory;
          const chosen = pool[pick % pool.length];
          const held = chosen && which === 'before' ? { id: chosen.id, attempt: chosen.attempt - 1 } : chosen;
          if (held && held.attempt > 0)
            ends.set(`${held.id} ${held.attempt}`, endOf(world, held, verb, delay * MINUTE_MS));
        }
        const batch = [...ends.values()];
        const expected = batch.map((attempt) => world.model.end(worker.id, attempt));
        expect(await real.of(index).end(worker.id, batch)).toEqual(expected);
        world.forget(worker, batch);
      },
      (world) => world.slot(world.actor(by, isBusy)).id !== null,
    ),
  );

function endOf(world: World, { id, attempt }: AttemptRef, verb: (typeof VERBS)[number], delayMs: number): AttemptEnd {
  const task = world.model.tasks.get(id);
  const isLast = !task || task.failed + 1 >= task.maxAttempts;
  switch (verb) {
    case 'complete':
      return { id, attempt, verb, result: JSON.stringify({ attempt }) };
    case 'time out':
      return { id, attempt, verb: 'fail', outcome: 'TIMED_OUT', error };
    case 'retry':
      // A worker does not ask for a retry that the policy has no room for.
      return isLast
        ? { id, attempt, verb: 'fail', outcome: 'FAILED', error }
        : { id, attempt, verb, outcome: 'FAILED', error, delayMs };
    case 'fail':
      return { id, attempt, verb, outcome: 'FAILED', error };
    case 'snooze':
      return { id, attempt, verb, delayMs };
    default:
      return { id, attempt, verb };
  }
}
