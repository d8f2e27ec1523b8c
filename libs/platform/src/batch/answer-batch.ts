import { setImmediate as nextTurn } from 'node:timers/promises';
import type { BatchAnswer, BatchItemAnswer, Problem } from '@taskpilot/contracts';
import type { FastifyRequest } from 'fastify';
import { patiently } from '../context/request-context.ts';
import { explainError } from '../problem/explain-error.ts';
import { pathOf, toProblem } from '../problem/problem.ts';
import { BatchTurns } from './batch-turns.ts';

/** What the route of a single task answers. */
export interface Created<Task> {
  readonly status: number;
  readonly task: Task;
}

/** How the items of a batch become tasks: as the route of a single one does it, in up to three steps. */
export interface BatchSteps<Item, NewTask, Made, Task> {
  /** Without waiting for anything. Throws to refuse the item. */
  read(item: Item, index: number): NewTask;
  create(task: NewTask): Promise<Made>;
  /** With what is left to be done once all are created, while other batches have their turn. */
  answer(made: Made): Created<Task> | Promise<Created<Task>>;
}

/** Steps of which the second leaves nothing to be done. */
type ShortBatchSteps<Item, NewTask, Task> = Omit<BatchSteps<Item, NewTask, Created<Task>, Task>, 'answer'>;

/** So long, in milliseconds, may reading items keep everybody else waiting at a stretch. */
const STRETCH_MS = 20;

/** Of this process. */
const turns = new BatchTurns();

class Refusal {
  constructor(readonly reason: unknown) {}
}

/**
 * Creates the items of a batch, none spoilt by another, and answers each as the route of a single one would. All are
 * read before any is created: then they go as one, and what they share (a statement, a commit), they share as requests
 * at the same time do.
 *
 * @throws NoTurn when too many others are at work; nothing of the batch has been begun then
 */
export async function answerBatch<Item, NewTask, Made, Task>(
  items: readonly Item[],
  steps: BatchSteps<Item, NewTask, Made, Task> | ShortBatchSteps<Item, NewTask, Task>,
  request: FastifyRequest,
): Promise<BatchAnswer<Task>> {
  const endTurn = await turns.take(items.length);
  const tasks = await readAll(items, steps);
  // Who brings many expects to wait: to bring what was refused once more, item by item, would be worse.
  const settled = await patiently(() => create(tasks, steps, endTurn));
  const problemOf = problemsOf(request);
  return {
    items: settled.map((outcome, index): BatchItemAnswer<Task> => {
      if (outcome.status === 'fulfilled') {
        const { status, task } = outcome.value;
        return { index, status, task, problem: null };
      }
      const problem = problemOf(outcome.reason);
      return { index, status: problem.status, task: null, problem };
    }),
  };
}

/** Never rejects: an item that is refused has its refusal. */
async function readAll<Item, NewTask>(
  items: readonly Item[],
  { read }: Pick<BatchSteps<Item, NewTask, unknown, unknown>, 'read'>,
): Promise<(NewTask | Refusal)[]> {
  const tasks: (NewTask | Refusal)[] = [];
  let stretchEnd = performance.now() + STRETCH_MS;
  for (const [index, item] of items.entries()) {
    if (performance.now() >= stretchEnd) {
      await nextTurn();
      stretchEnd = performance.now() + STRETCH_MS;
    }
    try {
      tasks.push(read(item, index));
    } catch (error) {
      tasks.push(new Refusal(error));
    }
  }
  return tasks;
}

/** Never rejects. A step that there is nothing to do in is left out: a promise more for each item is felt. */
async function create<NewTask, Made, Task>(
  tasks: readonly (NewTask | Refusal)[],
  steps: BatchSteps<never, NewTask, Made, Task> | ShortBatchSteps<never, NewTask, Task>,
  endTurn: () => void,
): Promise<PromiseSettledResult<Created<Task>>[]> {
  const createAll = async <T>(step: (task: NewTask) => Promise<T>) => {
    const begin = (task: NewTask | Refusal): Promise<T> => {
      if (task instanceof Refusal) return Promise.reject(task.reason);
      try {
        return step(task);
      } catch (error) {
        return Promise.reject(error);
      }
    };
    const settled = await Promise.allSettled(tasks.map(begin));
    endTurn();
    return settled;
  };
  if (!('answer' in steps)) return createAll(steps.create);
  const made = await createAll(steps.create);
  return Promise.allSettled(
    made.map(async (one) => {
      if (one.status === 'rejected') throw one.reason;
      return steps.answer(one.value);
    }),
  );
}

/** An error that befell many items is explained, and logged, once. */
function problemsOf(request: FastifyRequest): (thrown: unknown) => Problem {
  const known = new Map<unknown, Problem>();
  const explain = (thrown: unknown): Problem => {
    const error = explainError(thrown);
    const { retryAfterS } = error.extensions;
    const problem = toProblem(error, pathOf(request.raw.url ?? ''), request.id);
    return retryAfterS === undefined ? problem : { ...problem, retryAfterS };
  };
  return (thrown) => {
    const problem = known.get(thrown) ?? explain(thrown);
    known.set(thrown, problem);
    return problem;
  };
}
