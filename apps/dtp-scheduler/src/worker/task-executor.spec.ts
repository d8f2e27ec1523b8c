import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { type TaskContext, TaskFailure } from '../handlers/task-handler.ts';
import type { AttemptEnd, ClaimedTask } from '../queue/task-queue.ts';
import { Attempt } from './attempt.ts';
import type { EndRecorder } from './end-recorder.ts';
import { TaskExecutor } from './task-executor.ts';
import { claimed, registryOf } from './testing/worker.ts';

/** A handler that waits until the spec settles it. */
function held() {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  return { run: () => promise, resolve, reject };
}

/** A handler that stops as soon as it is told to. */
const obedient = ({ signal }: TaskContext) =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
  });

function createExecutor(run: (task: TaskContext) => Promise<unknown>) {
  const ends: AttemptEnd[] = [];
  const recorder = { record: (_attempt: Attempt, end: AttemptEnd) => ends.push(end) } as unknown as EndRecorder;
  const executor = new TaskExecutor(registryOf({ work: run }), recorder);
  const attemptAt = (task: Partial<ClaimedTask> = {}) => new Attempt(claimed(task), 'worker');
  return { executor, ends, attemptAt };
}

beforeAll(() => Logger.overrideLogger(false));
beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.restoreAllMocks();
  jest.useRealTimers();
});

describe('TaskExecutor', () => {
  it('tells the handler about its attempt and completes the task with what it returns', async () => {
    let seen: TaskContext | undefined;
    const { executor, ends, attemptAt } = createExecutor(async (task) => {
      seen = task;
      return { done: true };
    });
    const attempt = attemptAt({ id: 'id', attempt: 3, failedAttempts: 2, payload: { a: 1 }, traceparent: 'trace' });
    await executor.execute(attempt);
    expect(seen).toMatchObject({
      taskId: 'id',
      attempt: 3,
      failedAttempts: 2,
      payload: { a: 1 },
      traceparent: 'trace',
    });
    expect(seen?.signal.aborted).toBe(false);
    expect(ends).toEqual([{ id: 'id', attempt: 3, verb: 'complete', result: '{"done":true}' }]);
    jest.advanceTimersByTime(0);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('keeps no timer of a handler that has lasted and ended in time', async () => {
    const { run, resolve } = held();
    const { executor, attemptAt } = createExecutor(run);
    const executing = executor.execute(attemptAt());
    await jest.advanceTimersByTimeAsync(1);
    expect(jest.getTimerCount()).toBe(1);
    resolve(1);
    await executing;
    expect(jest.getTimerCount()).toBe(0);
  });

  it('gives the handler a signal that a copy of its context keeps', async () => {
    let copied: TaskContext | undefined;
    const { executor, attemptAt } = createExecutor((task) => {
      copied = { ...task };
      return obedient(copied);
    });
    const attempt = attemptAt();
    const executing = executor.execute(attempt);
    executor.stop(attempt, 'drain');
    await executing;
    expect(copied?.signal).toMatchObject({ aborted: true, reason: { cause: 'drain' } });
  });

  it('counts the timeout from the start, however long a handler holds the event loop', async () => {
    const now = performance.now.bind(performance);
    const { executor, ends, attemptAt } = createExecutor((context) => {
      jest.spyOn(performance, 'now').mockImplementation(() => now() + 80);
      return obedient(context);
    });
    const executing = executor.execute(attemptAt({ timeoutMs: 100 }));
    await jest.advanceTimersByTimeAsync(19);
    expect(ends).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    expect(ends).toMatchObject([{ verb: 'retry', error: { code: 'TIMEOUT' } }]);
    await executing;
  });

  it('retries what the handler throws, even where it throws before its first await', async () => {
    const { executor, ends, attemptAt } = createExecutor(() => {
      throw new TaskFailure({ code: 'MINE', message: 'no luck' });
    });
    await executor.execute(attemptAt());
    expect(ends).toMatchObject([{ verb: 'retry', outcome: 'FAILED', error: { code: 'MINE', message: 'no luck' } }]);
  });

  it('hands back a task of a type that it has no handler for', async () => {
    const { executor, ends, attemptAt } = createExecutor(async () => 1);
    await executor.execute(attemptAt({ type: 'other' }));
    expect(ends).toMatchObject([{ verb: 'release' }]);
  });

  it('records a timeout at once, and keeps the slot until the handler really settles', async () => {
    const handler = held();
    const { executor, ends, attemptAt } = createExecutor(handler.run);
    let settled = false;
    const executing = executor.execute(attemptAt({ timeoutMs: 500 })).then(() => {
      settled = true;
    });
    await jest.advanceTimersByTimeAsync(499);
    expect(ends).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    expect(ends).toMatchObject([{ verb: 'retry', outcome: 'TIMED_OUT', error: { code: 'TIMEOUT' } }]);
    expect(settled).toBe(false);
    handler.reject(new Error('late'));
    await executing;
    expect(ends).toHaveLength(1);
  });

  it.each<[cause: string, task: Partial<ClaimedTask>, end: object]>([
    ['timeout', { timeoutMs: 10, deadlineInMs: 20 }, { verb: 'retry', error: { code: 'TIMEOUT' } }],
    ['deadline', { timeoutMs: 20, deadlineInMs: 10 }, { verb: 'fail', error: { code: 'DEADLINE_EXCEEDED' } }],
  ])('lets what comes first win: the %s', async (cause, task, end) => {
    let reason: unknown;
    const { executor, ends, attemptAt } = createExecutor((context) => {
      context.signal.addEventListener('abort', () => {
        reason = context.signal.reason;
      });
      return obedient(context);
    });
    const executing = executor.execute(attemptAt(task));
    await jest.advanceTimersByTimeAsync(30);
    await executing;
    expect(reason).toMatchObject({ name: 'AbortError', cause });
    expect(ends).toHaveLength(1);
    expect(ends).toMatchObject([{ ...end, outcome: 'TIMED_OUT' }]);
  });

  it('counts the deadline from the claim, and does not start what is past it', async () => {
    const run = jest.fn(async () => 1);
    const { executor, ends, attemptAt } = createExecutor(run);
    const attempt = attemptAt({ deadlineInMs: 100 });
    jest.advanceTimersByTime(100);
    await executor.execute(attempt);
    expect(run).not.toHaveBeenCalled();
    expect(ends).toMatchObject([{ verb: 'fail', error: { code: 'DEADLINE_EXCEEDED' } }]);
  });

  it.each(['cancel', 'drain', 'lease'] as const)('ends as told when the handler stops on %s', async (cause) => {
    const { executor, ends, attemptAt } = createExecutor(obedient);
    const attempt = attemptAt();
    const executing = executor.execute(attempt);
    executor.stop(attempt, cause);
    await executing;
    expect(ends).toMatchObject([{ verb: cause === 'cancel' ? 'settle' : 'release' }]);
  });

  it('leaves the decision to the queue when the handler succeeds in spite of a cancel', async () => {
    const handler = held();
    const { executor, ends, attemptAt } = createExecutor(handler.run);
    const attempt = attemptAt();
    const executing = executor.execute(attempt);
    executor.stop(attempt, 'cancel');
    handler.resolve('made it');
    await executing;
    expect(ends).toMatchObject([{ verb: 'complete', result: '"made it"' }]);
  });

  it('does not start a task that is cancelled before', async () => {
    const run = jest.fn(async () => 1);
    const { executor, ends, attemptAt } = createExecutor(run);
    const attempt = attemptAt();
    executor.stop(attempt, 'cancel');
    await executor.execute(attempt);
    expect(run).not.toHaveBeenCalled();
    expect(ends).toMatchObject([{ verb: 'settle' }]);
  });
});
