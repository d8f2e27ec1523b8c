import type { Problem } from './problem.ts';
import type { CreateSchedulerTask, CreateWebTask } from './tasks.ts';

/** How many tasks one call may create. */
export const MAX_BATCH_ITEMS = 1_000;

/** How many tasks TaskPilot binds by one call. DTP keeps room for batches of so many beside larger ones. */
export const MAX_BIND_ITEMS = MAX_BATCH_ITEMS / 2;

/** Of a batch's body, in bytes. Each of its items is held to `LIMITS.bodyBytes` by itself. */
export const MAX_BATCH_BYTES = 4 * 1024 * 1024;

/** Body of `POST …/tasks/batch`: tasks that are created by one call, each as if it had been sent alone. */
interface CreateBatch<Item> {
  readonly items: readonly Item[];
}

/** One task of DTP's `POST /tasks/batch`. */
export interface CreateSchedulerTaskItem extends CreateSchedulerTask {
  /** What the header says to a single task; wins over what the header of the batch says. */
  readonly idempotencyKey?: string;
}

/** Body of DTP's `POST /tasks/batch`. */
export type CreateSchedulerTasks = CreateBatch<CreateSchedulerTaskItem>;

/** Body of TaskPilot's `POST /api/tasks/batch`. */
export interface CreateWebTasks extends CreateBatch<CreateWebTask> {
  /** Whether each task that is created, or known already, is bound as well. */
  readonly bind?: boolean;
}

/** What became of one item: its task, or why it was refused. */
export interface BatchItemAnswer<Task> {
  /** Its place in the request, from 0. */
  readonly index: number;
  /** The HTTP status that it would have been answered with alone. */
  readonly status: number;
  readonly task: Task | null;
  /** Its pointers lead into the item. */
  readonly problem: Problem | null;
}

/** One answer for each item, in the order asked. */
export interface BatchAnswer<Task> {
  readonly items: readonly BatchItemAnswer<Task>[];
}
