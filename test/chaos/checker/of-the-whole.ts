import { isTerminal } from '../../../libs/contracts/src/task-state.ts';
import type { History } from './history.ts';

const LONGEST_IDLE_TRANSACTION_MS = 5_000;

/** Invariants over everything at once. Each answers what breaks it, a sentence each. */
export const OF_THE_WHOLE: Readonly<Record<string, (history: History) => string[]>> = {
  /** Accepted ⇒ terminal. The run has waited for as long as its bound allows. */
  I1({ promises, webTasks, tasks }) {
    const webTask = new Map(webTasks.map((row) => [row.id, row]));
    const byId = new Map(tasks.map((task) => [task.id, task]));
    const faults: string[] = [];
    for (const id of promises.created) {
      if (!webTask.has(id)) faults.push(`WebTask ${id} was accepted, and is gone`);
    }
    for (const id of promises.bound) {
      const task = byId.get(webTask.get(id)?.schedulerTaskId ?? '');
      if (!task) faults.push(`WebTask ${id} was accepted to be run, and has no SchedulerTask`);
      else if (!isTerminal(task.state)) faults.push(`WebTask ${id} was accepted to be run, and is still ${task.state}`);
    }
    return faults;
  },

  /** WebTask ↔ SchedulerTask 1:1, no orphans. */
  I8({ webTasks, tasks }) {
    const byKey = Map.groupBy(tasks, ({ key }) => key ?? '');
    const webTask = new Map(webTasks.map((row) => [row.id, row]));
    const faults: string[] = [];
    for (const { id, key } of tasks) {
      const of = webTask.get(key ?? '');
      if (!of) faults.push(`SchedulerTask ${id} belongs to no WebTask`);
      else if (of.schedulerTaskId !== id) faults.push(`SchedulerTask ${id} is not the one its WebTask ${of.id} names`);
    }
    for (const { id, status, schedulerTaskId } of webTasks) {
      const count = byKey.get(id)?.length ?? 0;
      if (count > 1) faults.push(`WebTask ${id} has ${count} SchedulerTasks`);
      if (status === 'BINDING') faults.push(`WebTask ${id} is still BINDING`);
      if (schedulerTaskId !== null && count === 0) faults.push(`WebTask ${id} names a SchedulerTask that is not there`);
    }
    return faults;
  },

  /** No transaction sits idle, and nothing leaks. */
  I12({ residue }) {
    const { longestIdleTransactionMs: ms, leaks } = residue;
    return ms > LONGEST_IDLE_TRANSACTION_MS ? [`a transaction was idle for ${ms} ms`, ...leaks] : [...leaks];
  },
};
