import type { History, TaskLife } from './history.ts';
import { OF_A_TASK } from './of-a-task.ts';
import { OF_THE_WHOLE } from './of-the-whole.ts';

export interface Violation {
  /** I1 to I12. */
  readonly invariant: string;
  readonly what: string;
}

/** Judges a run. Empty means that every promise was kept. */
export function check(history: History): Violation[] {
  const lives = livesOf(history);
  const violations: Violation[] = [];
  for (const [invariant, faultsOf] of Object.entries(OF_THE_WHOLE)) {
    for (const what of faultsOf(history)) violations.push({ invariant, what });
  }
  for (const life of lives) {
    for (const [invariant, faultsOf] of Object.entries(OF_A_TASK)) {
      for (const what of faultsOf(life)) violations.push({ invariant, what: `task ${life.task.id}: ${what}` });
    }
  }
  return violations;
}

function livesOf(history: History): TaskLife[] {
  const attempts = Map.groupBy(history.attempts, ({ taskId }) => taskId);
  const transitions = Map.groupBy(history.transitions, ({ taskId }) => taskId);
  const effects = Map.groupBy(history.effects, ({ taskId }) => taskId);
  const cancels = Map.groupBy(history.promises.cancels, ({ id }) => id);
  return history.tasks.map((task) => ({
    task,
    attempts: attempts.get(task.id) ?? [],
    transitions: transitions.get(task.id) ?? [],
    effects: effects.get(task.id) ?? [],
    cancels: cancels.get(task.key ?? '') ?? [],
  }));
}
