import type { Contender } from '../contenders/contender.ts';
import { graphileWorker } from '../contenders/graphile-worker.ts';
import { pgBoss } from '../contenders/pg-boss.ts';
import type { Bench, BenchCase } from '../support/bench-case.ts';
import { type DrainOptions, measureDrain } from '../support/drain.ts';
import type { Side } from '../support/samples.ts';
import { MOST_DRAINED } from '../support/templates.ts';

const HELD_TASKS = 50_000;

/** A full queue, emptied: how fast, and what a task costs in memory, processor time, transactions and WAL. */
export const drain = (processes: number): BenchCase => ({
  id: `drain-${processes}`,
  title: ({ tasks }) => `drain ${tasks} tasks, ${processes} worker process${processes === 1 ? '' : 'es'}`,
  sides: (bench) => contenders(bench).map((one) => side(bench, one.name, one, { processes })),
});

/** The same with finished tasks in the tables, against the same without; above a million, ours alone. */
export const drainWithFinished: BenchCase = {
  id: 'finished',
  title: ({ tasks, finished }) => `drain ${tasks} tasks with ${finished} finished ones in the tables`,
  sides: (bench) => {
    const { finished: finishedBefore } = bench.options;
    const ours = [
      side(bench, 'taskpilot', bench.taskpilot, { finishedBefore }),
      side(bench, 'taskpilot, empty tables', bench.taskpilot),
    ];
    if (finishedBefore > MOST_DRAINED) return ours;
    // graphile-worker keeps none.
    return [
      ...ours,
      side(bench, 'graphile-worker', graphileWorker, { finishedBefore }),
      side(bench, 'pg-boss', pgBoss, { finishedBefore }),
    ];
  },
};

/** The same under a transaction that keeps every dead row in place, against the same without. */
export const drainUnderHeldXmin: BenchCase = {
  id: 'held-xmin',
  title: ({ tasks }) => `drain ${Math.min(tasks, HELD_TASKS)} tasks while a transaction is held open`,
  sides: (bench) => {
    const tasks = Math.min(bench.options.tasks, HELD_TASKS);
    return [
      side(bench, 'taskpilot', bench.taskpilot, { tasks, heldXmin: true }),
      side(bench, 'taskpilot, nothing held', bench.taskpilot, { tasks }),
      side(bench, 'graphile-worker', graphileWorker, { tasks, heldXmin: true }),
      side(bench, 'pg-boss', pgBoss, { tasks, heldXmin: true }),
    ];
  },
};

const contenders = ({ taskpilot }: Bench): readonly Contender[] => [taskpilot, graphileWorker, pgBoss];

function side(
  { server, templates, options }: Bench,
  name: string,
  contender: Contender,
  drainOptions: Partial<DrainOptions> = {},
): Side {
  return {
    contender: name,
    async measure() {
      const database = await templates.copy(contender, drainOptions.finishedBefore);
      const metrics = await measureDrain(server, contender, database, {
        tasks: options.tasks,
        processes: 1,
        ...drainOptions,
      });
      await database.drop();
      return metrics;
    },
  };
}
