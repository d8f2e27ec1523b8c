import type { BatchAnswer, BatchItemAnswer, Problem } from '@taskpilot/contracts';
import type { FastifyRequest } from 'fastify';
import { explainError } from '../problem/explain-error.ts';
import { pathOf, toProblem } from '../problem/problem.ts';

/** What the route of a single task answers. */
export interface Created<Task> {
  readonly status: number;
  readonly task: Task;
}

/**
 * Creates the items of a batch, none spoilt by another, and answers each as the route of a single one would.
 * @param create reads one item and creates its task. Called for all at once: what they share (a statement, a commit),
 *   they share as requests at the same time do.
 */
export async function answerBatch<Item, Task>(
  items: readonly Item[],
  create: (item: Item, index: number) => Promise<Created<Task>>,
  request: FastifyRequest,
): Promise<BatchAnswer<Task>> {
  const settled = await Promise.allSettled(items.map(async (item, index) => create(item, index)));
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
