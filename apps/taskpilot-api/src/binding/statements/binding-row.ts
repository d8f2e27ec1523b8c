import { WEB_TASK_COLUMNS, type WebTask } from '../../database/entities/web-task.entity.ts';

/** What it takes to drive a binding on. */
export interface Binding {
  readonly id: string;
  /** The exact body for DTP. */
  readonly body: string;
  readonly traceparent: string | null;
  /** Which bind of the task this is: each start makes a new one. */
  readonly generation: number;
  /** How many calls have failed so far. */
  readonly attempts: number;
}

const PROTOCOL_COLUMNS = `web_task.bind_body AS body, web_task.traceparent, web_task.bind_generation AS generation,
  web_task.bind_attempts AS attempts`;

export const BINDING_COLUMNS = `web_task.id, ${PROTOCOL_COLUMNS}`;

/**
 * The guard of a row that is looked up by its id. `coalesce` hides it from the planner, who would take the index of what is
 * BINDING for a shorter way: planned when few were, a step for 500 tasks read all 50,000 that an outage had left, for each.
 */
export const IS_BINDING = `coalesce(web_task.status = 'BINDING', false)`;

/** A task and what it takes to bind it; `body` is `null` unless it is BINDING. */
export type BoundableTask = WebTask & Omit<Binding, 'body'> & { readonly body: string | null };

export const BOUNDABLE_TASK_COLUMNS = `${WEB_TASK_COLUMNS}, ${PROTOCOL_COLUMNS}`;
