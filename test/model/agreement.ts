import { isTerminal } from '@taskpilot/contracts';
import { isHeld, isWaiting, type Minutes, type ModelTask } from './model-task.ts';
import type { QueueModel } from './queue-model.ts';
import type { Snapshot, TaskSnapshot } from './snapshot.ts';

/** A run may take this long, and what follows from it is still told apart by the model's coarse clock. */
const TOLERANCE: Minutes = 2;

const by =
  <T>(key: (item: T) => string) =>
  (a: T, b: T): number =>
    key(a) < key(b) ? -1 : 1;
const byId = by<{ readonly id: string }>(({ id }) => id);
const ids = (items: readonly { readonly id: string }[]): string[] => items.map(({ id }) => id).sort();

/** Everything that must hold between what the queue has stored and what the model says. */
export function expectAgreement(model: QueueModel, stored: Snapshot): void {
  const tasks = [...model.tasks.values()].sort(byId);
  expect([...stored.tasks].sort(byId).map(shownStored)).toEqual(tasks.map(shown));
  expectWaiting(model, tasks, stored);
  expectHeld(tasks, stored);
  expectAttempts(model, tasks, stored);

  expect(ids(stored.deadlines)).toEqual([...model.deadlines].sort());
  for (const { id, at } of stored.deadlines) expectTime(at, model.tasks.get(id)!.deadlineAt! - model.now);
  expect(ids(stored.workers)).toEqual(model.leases.workers().sort());
  for (const { id, until } of stored.workers) expectTime(until, model.leases.until(id) - model.now);
}

const shown = (task: ModelTask) => ({
  ...{ id: task.id, state: task.state, stateSeq: task.stateSeq, attempt: task.attempt },
  ...{ failed: task.failed, lost: task.lost, holder: task.holder, error: task.error, result: task.result },
  isFinished: isTerminal(task.state),
  completedBy: task.state === 'SUCCEEDED' ? task.attempts.at(-1)?.worker : null,
});

const shownStored = (task: TaskSnapshot) => ({
  ...{ id: task.id, state: task.state, stateSeq: task.stateSeq, attempt: task.attempt },
  ...{ failed: task.failed, lost: task.lost, holder: task.holder, error: task.error?.code ?? null },
  ...{ result: task.result, isFinished: task.isFinished, completedBy: task.completedBy },
});

/** `ready` ⇔ claimable, `scheduled` ⇔ waits for its time; what else stands there belongs to tasks that have ended. */
function expectWaiting(model: QueueModel, tasks: readonly ModelTask[], stored: Snapshot): void {
  const mayBeLeft = (id: string) => {
    const task = model.tasks.get(id);
    return !task || isTerminal(task.state);
  };
  // A claim drops an entry whose deadline has passed; until a claim meets it, it stays.
  const isUndecided = (id: string) => mayBeLeft(id) || model.isExpired(model.tasks.get(id)!);
  const ready = stored.ready.filter(({ id }) => !isUndecided(id));
  expect(ids(ready)).toEqual(ids(tasks.filter((task) => model.isClaimable(task))));
  for (const { id, rank, lost, type } of ready) {
    const task = model.tasks.get(id)!;
    expect({ priority: 0 - rank, lost, type }).toEqual({ priority: task.priority, lost: task.lost, type: task.type });
  }
  for (const { id } of stored.ready.filter(({ id }) => isUndecided(id) && !mayBeLeft(id))) {
    expect(isWaiting(model.tasks.get(id)!)).toBe(true);
  }

  const scheduled = stored.scheduled.filter(({ id }) => !mayBeLeft(id));
  expect(ids(scheduled)).toEqual(ids(tasks.filter((task) => isWaiting(task) && !task.moved)));
  for (const { id, runAt, lost } of scheduled) {
    const task = model.tasks.get(id)!;
    expectTime(runAt, task.runAt - model.now);
    expect(lost).toBe(task.lost);
  }
  for (const { id, runAt } of stored.tasks) {
    const task = model.tasks.get(id)!;
    if (isWaiting(task) && !task.moved) expectTime(runAt, task.runAt - model.now);
  }
}

/** A claim names every attempt that is held, once and under its holder; `cancelling` ⇔ the state of that name. */
function expectHeld(tasks: readonly ModelTask[], stored: Snapshot): void {
  const held = tasks.filter(isHeld).map((task) => `${task.holder} ${task.id} ${task.attempt}`);
  const claimed = stored.claims.flatMap(({ worker, ids, attempts }) =>
    ids.map((id, index) => `${worker} ${id} ${attempts[index]}`),
  );
  expect(new Set(claimed).size).toBe(claimed.length);
  expect(held.filter((attempt) => !claimed.includes(attempt))).toEqual([]);
  const told = stored.cancelling.map(({ id, worker, attempt }) => ({ id, holder: worker, attempt }));
  expect(told.sort(byId)).toEqual(
    tasks.filter(({ state }) => state === 'CANCELLING').map(({ id, holder, attempt }) => ({ id, holder, attempt })),
  );
  for (const { state, isCancelRequested } of stored.tasks) {
    if (state === 'CANCELLING' || state === 'CANCELLED') expect(isCancelRequested).toBe(true);
  }
}

/** Numbers 1..n without a gap, each ended once; the open one and the one that succeeded are the task's own row. */
function expectAttempts(model: QueueModel, tasks: readonly ModelTask[], stored: Snapshot): void {
  const recorded = tasks.flatMap((task) =>
    task.attempts
      .filter(({ outcome }) => outcome !== 'SUCCEEDED' || task.state !== 'SUCCEEDED')
      .map(({ number, worker, outcome }) => `${task.id} ${number} ${worker} ${outcome}`),
  );
  const found = stored.attempts.map(({ id, number, worker, outcome }) => `${id} ${number} ${worker} ${outcome}`);
  expect(found.sort()).toEqual(recorded.sort());
  for (const { id, number, retryAt } of stored.attempts) {
    const expected = model.tasks.get(id)!.attempts[number - 1]!.retryAt;
    expectTime(retryAt, expected === null ? null : expected - model.now);
  }
}

function expectTime(found: Minutes | null, expected: Minutes | null): void {
  const agrees = found === null || expected === null ? found === expected : Math.abs(found - expected) < TOLERANCE;
  if (!agrees) expect(found).toBe(expected);
}
