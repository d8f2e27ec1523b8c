import { setImmediate } from 'node:timers/promises';
import { DEFAULT_RETRY_POLICY } from '@taskpilot/contracts';
import fc from 'fast-check';
import { v7 as uuidv7 } from 'uuid';
import { heartbeatWorker } from '../../apps/dtp-scheduler/src/queue/statements/heartbeat-worker.ts';
import { registerWorker } from '../../apps/dtp-scheduler/src/queue/statements/register-worker.ts';
import type { AttemptRef, Reservation, TaskQueue } from '../../apps/dtp-scheduler/src/queue/task-queue.ts';
import { newTask } from '../queue/queue-database.ts';
import { claim, claimLosingAnswer, end } from './attempt-commands.ts';
import { command, MINUTE_MS, TYPES, typesOf } from './command.ts';
import { GRACE, LEASE, type WaitingModelWorker } from './model-task.ts';
import type { QueueModel } from './queue-model.ts';
import { WORKERS } from './world.ts';

const HOUR_MS = 3_600_000;
const slot = fc.nat(WORKERS - 1);
/** Times end on 5 or 3 and the clock stands on 0: no two of them ever meet by accident. */
const delay = fc.constantFrom(0, -15, 0, 0, 5, 15);
const deadline = fc.constantFrom(null, null, null, null, null, -7, 3, 13, 13);

const enqueue = fc
  .record({
    by: slot,
    type: fc.constantFrom('echo', 'echo', ...TYPES, 'nobody.knows'),
    priority: fc.constantFrom(-1, 0, 0, 1),
    maxAttempts: fc.constantFrom(1, 2, 3, 3),
    delay,
    deadline,
    key: fc.constantFrom(null, null, null, 'k1', 'k2'),
    hash: fc.constantFrom('one', 'one', 'two'),
    /** Whether the process's worker waits for it, and hears that it has it. */
    worker: fc.constantFrom('busy', 'busy', 'waits', 'waits', 'is not told'),
  })
  .map((input) =>
    command(`enqueue ${JSON.stringify(input)}`, async (world, real) => {
      const { by, delay, deadline, maxAttempts, hash, worker: manner, ...given } = input;
      const worker = world.slot(by);
      const types = typesOf(by);
      const waiting = manner === 'busy' || worker.id === null ? null : { id: worker.id, types };
      const queue = manner === 'is not told' ? real.stranger() : real.of(by);
      const taken: AttemptRef[] = [];
      if (waiting) queue.attach({ reserve: () => reservationOf(waiting, (tasks) => taken.push(...tasks)) });
      else queue.attach({ reserve: () => null });
      const at = (minutes: number) => new Date(Date.now() + minutes * MINUTE_MS).toISOString();
      // Pruning goes by the time in the id, which no clock of ours can move: it was made long ago.
      const id = uuidv7({ msecs: Date.now() - HOUR_MS });
      const { now } = world.model;
      const deadlineAt = deadline === null ? null : now + deadline;
      const expected = world.model.enqueue(
        { ...given, id, hash, maxAttempts, runAt: now + delay, deadlineAt },
        waiting,
      );
      const answer = await queue.enqueue(
        newTask({
          ...{ id, type: input.type, priority: input.priority, idempotencyKey: input.key, requestHash: hash },
          retryPolicy: { ...DEFAULT_RETRY_POLICY, maxAttempts },
          runAt: delay === 0 ? null : at(delay),
          deadlineAt: deadline === null ? null : at(deadline),
        }),
      );
      expect(answer.kind).toBe(expected);
      if (expected === 'created') world.taskIds.push(id);
      // A reservation ends after the answers.
      await setImmediate();
      const isHeld = expected === 'created' && world.model.tasks.get(id)?.state === 'RUNNING';
      const held = isHeld ? [{ id, attempt: 1 }] : [];
      expect(taken.map(({ id, attempt }) => ({ id, attempt }))).toEqual(held);
      world.known.push(...held);
      if (manner === 'waits') worker.memory.push(...held);
    }),
  );

const reservationOf = (waiting: WaitingModelWorker, take: Reservation['take']): Reservation => ({
  workerId: waiting.id,
  types: waiting.types,
  take,
  fail: () => undefined,
});

/** Workers boot, or live on. One that learns that its lease has lapsed takes a new id. */
const heartbeat = fc.subarray([...Array(WORKERS).keys()], { minLength: 1 }).map((indexes) =>
  command(`heartbeats of workers ${indexes}`, async (world, { sql }) => {
    for (const index of indexes) {
      const worker = world.slot(index);
      if (worker.id !== null) {
        const isAlive = await heartbeatWorker(sql, worker.id, LEASE * MINUTE_MS);
        expect(isAlive).toBe(world.model.heartbeat(worker.id));
        if (isAlive) continue;
      }
      const id = uuidv7();
      Object.assign(worker, { id, memory: [] });
      world.model.register(id);
      await registerWorker(sql, id, typesOf(index), LEASE * MINUTE_MS);
    }
  }),
);

const kill = slot.map((index) =>
  command(`kill -9 of worker ${index}`, async (world, real) => {
    real.boot(index);
    Object.assign(world.slot(index), { id: null, memory: [] });
  }),
);

/** All workers die, and their leases run out. */
const storm = fc.constant(
  command('all workers are killed', async (world, real) => {
    for (const [index, worker] of world.slots.entries()) {
      real.boot(index);
      Object.assign(worker, { id: null, memory: [] });
    }
    world.model.now += LEASE + GRACE;
    await real.pass(LEASE + GRACE);
    let expected: number | null;
    do {
      expected = world.model.rescue();
      expect(await real.of(0).rescue()).toBe(expected);
    } while (expected !== null);
  }),
);

const retire = slot.map((index) =>
  command(
    `retire worker ${index}`,
    async (world, real) => {
      const worker = world.slot(index);
      expect(await real.of(index).retire(worker.id)).toBe(world.model.retire(worker.id));
      Object.assign(worker, { id: null, memory: [] });
    },
    (world) => world.slot(index).id !== null,
  ),
);

const audit = slot.map((index) =>
  command(
    `audit of worker ${index}`,
    async (world, real) => {
      const { id, memory } = world.slot(index);
      expect(await real.of(index).audit({ workerId: id, held: memory })).toBe(world.model.audit(id, memory));
      if (!world.model.isAlive(id)) return;
      const { claims } = await real.snapshot();
      for (const claim of claims.filter(({ worker }) => worker === id)) {
        expect(memory.some((held) => claim.ids.includes(held.id))).toBe(true);
      }
    },
    (world) => world.slot(index).id !== null,
  ),
);

const cancel = fc.tuple(slot, fc.nat()).map(([by, pick]) =>
  command(`cancel of task ${pick} in process ${by}`, async (world, real) => {
    const id = world.taskIds[pick % (world.taskIds.length + 1)] ?? uuidv7();
    const expected = world.model.cancel(id);
    const answer = await real.of(by).cancel(id, GRACE * MINUTE_MS);
    expect(answer.kind).toBe(expected.kind);
    if (answer.kind === 'accepted') expect(answer.task.state).toBe(expected.state);
    if (answer.kind === 'terminal') expect(answer.state).toBe(expected.state);
  }),
);

const pass = fc.constantFrom(10, 10, 10, 50).map((time) =>
  command(`${time} minutes pass`, async (world, real) => {
    world.model.now += time;
    await real.pass(time);
  }),
);

/** A sweep answers how much it has done, and so does the model's. */
const sweep = (name: string, real: (queue: TaskQueue) => Promise<unknown>, model: (model: QueueModel) => unknown) =>
  slot.map((by) =>
    command(`${name} in process ${by}`, async (world, processes) => {
      const expected = model(world.model);
      const answer = await real(processes.of(by));
      if (expected !== undefined) expect(answer).toBe(expected);
    }),
  );

const ALL = 1_000;
/** What it answers counts entries of ended tasks too, of which the model knows nothing. */
const moveDue = sweep(
  'move what is due',
  (queue) => queue.moveDue(ALL),
  (model) => model.moveDue(),
);
const sweeps = [
  sweep(
    'rescue',
    (queue) => queue.rescue(),
    (model) => model.rescue(),
  ),
  sweep(
    'expire deadlines',
    (queue) => queue.expireDeadlines(ALL),
    (model) => model.expireDeadlines(),
  ),
  sweep(
    'settle overdue cancels',
    (queue) => queue.settleOverdueCancels(ALL),
    (model) => model.settleOverdueCancels(),
  ),
  sweep(
    'prune',
    async (queue) => void (await queue.prune(0, ALL)),
    (model) => model.prune(),
  ),
  sweep(
    'rescue strays',
    (queue) => queue.rescueStray(ALL),
    () => 0,
  ),
  sweep(
    'drop orphans',
    (queue) => queue.dropOrphans(),
    () => undefined,
  ),
];

/** The commands, the frequent ones named more than once. */
export const COMMANDS = [
  ...[enqueue, enqueue, enqueue, enqueue, enqueue, enqueue, heartbeat, heartbeat, heartbeat],
  ...[claim, claim, claim, claim, claim, claimLosingAnswer, end, end, end, end, end, end, end],
  ...[cancel, pass, pass, kill, storm, retire, audit, moveDue, moveDue, moveDue, ...sweeps],
];
