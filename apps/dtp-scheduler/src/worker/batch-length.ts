import type { AttemptEnd } from '../queue/task-queue.ts';

const MOST_ENDS = 1_000;
/** So that a batch of large results stays a statement of bearable size. */
const MOST_CHARACTERS = 4 * 1024 * 1024;

/** How many of the first endings fit into one statement: at least one. */
export function batchLength(endings: readonly { readonly end: AttemptEnd }[]): number {
  let characters = 0;
  let length = 0;
  for (const { end } of endings) {
    characters += end.verb === 'complete' ? end.result.length : 0;
    if (length === MOST_ENDS || (length > 0 && characters > MOST_CHARACTERS)) break;
    length++;
  }
  return length;
}
