import { Injectable, Logger } from '@nestjs/common';
import { RateLimitedLog } from '@taskpilot/platform';
import type { Outcome } from '../domain/outcome.ts';
import type { Attempt, StopCause } from './attempt.ts';
import { attemptEnd } from './attempt-end.ts';
import { EndRecorder } from './end-recorder.ts';
import { HandlerRegistry } from './handler-registry.ts';
import { LongTimer } from './long-timer.ts';
import { normaliseThrown, unexpectedStack } from './normalise-thrown.ts';

/** Runs attempts: resolve the handler → start → run under timeout → normalise the outcome → record. */
@Injectable()
export class TaskExecutor {
  private readonly thrown = new RateLimitedLog(new Logger(TaskExecutor.name));
  private readonly failed = new RateLimitedLog(new Logger(TaskExecutor.name));
  /** Begun within this turn of the event loop. */
  private begun: Attempt[] = [];

  constructor(
    private readonly registry: HandlerRegistry,
    private readonly recorder: EndRecorder,
  ) {}

  /** Resolves when the handler has settled, which may be long after the attempt's end was recorded. Never rejects. */
  async execute(attempt: Attempt): Promise<void> {
    if (attempt.decided) return;
    if (attempt.deadlineInMs() <= 0) return this.overrun(attempt, 'deadline');
    const handler = this.registry.get(attempt.task.type);
    if (!handler) return this.end(attempt, { kind: 'released' });
    this.limitLater(attempt);
    let outcome: Outcome;
    try {
      outcome = { kind: 'succeeded', result: await handler.run(attempt.start()) };
    } catch (thrown) {
      outcome = this.outcomeOf(attempt, thrown);
    }
    attempt.settle();
    this.end(attempt, outcome);
  }

  /** Tells the handler to stop. An attempt that has not started ends at once. */
  stop(attempt: Attempt, cause: StopCause): void {
    attempt.tellToStop(cause);
    if (!attempt.started) this.end(attempt, stopped(cause));
  }

  /** Gives the task back without waiting for its handler any longer. */
  release(attempt: Attempt): void {
    this.end(attempt, { kind: 'released' });
  }

  private outcomeOf(attempt: Attempt, thrown: unknown): Outcome {
    // After a stop it doesn't matter how the handler came out of its work.
    if (attempt.stopCause) return stopped(attempt.stopCause);
    this.logUnexpected(attempt, thrown);
    return normaliseThrown(thrown);
  }

  /** Timers are set when the turn of the event loop is over: a handler that is done by then, as short ones are, needs none. */
  private limitLater(attempt: Attempt): void {
    if (this.begun.push(attempt) > 1) return;
    setImmediate(() => {
      for (const one of this.begun.splice(0)) if (!one.settled) one.limit(this.timerOf(one));
    });
  }

  /** The attempt's timeout or the task's deadline, whichever comes first. */
  private timerOf(attempt: Attempt): LongTimer {
    const timeoutInMs = attempt.timeoutInMs();
    const deadlineInMs = attempt.deadlineInMs();
    return deadlineInMs <= timeoutInMs
      ? new LongTimer(deadlineInMs, () => this.overrun(attempt, 'deadline'))
      : new LongTimer(timeoutInMs, () => this.overrun(attempt, 'timeout'));
  }

  private overrun(attempt: Attempt, cause: 'timeout' | 'deadline'): void {
    // What stopped the handler first decides, as long as it has the grace for it.
    if (attempt.stopCause) return;
    attempt.tellToStop(cause);
    this.end(attempt, cause === 'deadline' ? DEADLINE_EXCEEDED : timedOut(attempt.task.timeoutMs));
  }

  private end(attempt: Attempt, outcome: Outcome): void {
    if (!attempt.decide()) return;
    const end = attemptEnd(attempt.task, outcome, Math.random);
    this.recorder.record(attempt, end);
    if (end.verb === 'fail') this.failed.warn(`Failed for good: ${end.error.code}`, subject(attempt));
  }

  private logUnexpected(attempt: Attempt, thrown: unknown): void {
    const stack = unexpectedStack(thrown);
    if (stack) this.thrown.warn(`The handler threw: ${stack}`, subject(attempt));
  }
}

/** What a line of the log is about. */
const subject = ({ task }: Attempt) => ({ taskId: task.id, attempt: task.attempt, type: task.type });

const stopped = (cause: StopCause): Outcome => ({ kind: cause === 'cancel' ? 'cancelled' : 'released' });

const timedOut = (timeoutMs: number): Outcome => ({
  kind: 'failed',
  error: { code: 'TIMEOUT', message: `The attempt took longer than its timeout of ${timeoutMs} ms.` },
  advice: { kind: 'policy' },
  timedOut: true,
});

const DEADLINE_EXCEEDED: Outcome = {
  kind: 'failed',
  error: { code: 'DEADLINE_EXCEEDED', message: "The task's deadline passed while it ran." },
  advice: { kind: 'never' },
  timedOut: true,
};
