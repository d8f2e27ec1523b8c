import { setTimeout as delay } from 'node:timers/promises';
import type { TaskContext, TaskHandler } from '../../../apps/dtp-scheduler/src/handlers/task-handler.ts';
import type { EffectWriter } from '../recording/effect-log.ts';

export const EFFECT_TYPE = 'chaos.effect';

/** What a task of the suite does. */
export interface EffectPayload {
  /** How long its first attempt takes. */
  readonly ms: number;
  /** How long later ones take, so that one is still at work when the end of the first arrives late. */
  readonly againMs?: number;
  /** How many attempts fail. */
  readonly failures?: number;
  /** Whether the first attempt asks to be run again later instead. */
  readonly snoozes?: boolean;
  /** Whether it goes on when it is told to stop. */
  readonly stubborn?: boolean;
  /** Harms its process: kills it, blocks its event loop for ever, or leaves a rejection unhandled. */
  readonly poison?: 'kill' | 'block' | 'reject';
}

/** Writes down when it begins and ends, and answers which attempt it was. */
export class EffectHandler implements TaskHandler {
  readonly #log: EffectWriter;
  readonly #snooze: (delayMs: number) => Error;
  readonly #realNow: () => number;

  constructor(log: EffectWriter, snooze: (delayMs: number) => Error, realNow: () => number) {
    this.#log = log;
    this.#snooze = snooze;
    this.#realNow = realNow;
  }

  async run(task: TaskContext): Promise<{ readonly attempt: number }> {
    const { ms, againMs = ms, failures = 0, snoozes, stubborn, poison } = task.payload as unknown as EffectPayload;
    this.#note(task, 'start');
    if (poison) harm(poison);
    task.signal.addEventListener('abort', () => this.#note(task, 'stop'), { once: true });
    await delay(task.attempt === 1 ? ms : againMs, undefined, stubborn ? {} : { signal: task.signal });
    this.#note(task, 'end');
    if (task.failedAttempts < failures) throw new Error('It fails, as asked.');
    if (snoozes && task.attempt === 1) throw this.#snooze(50);
    return { attempt: task.attempt };
  }

  #note({ taskId, attempt }: TaskContext, phase: 'start' | 'end' | 'stop'): void {
    this.#log.write({ taskId, attempt, pid: process.pid, phase, at: this.#realNow() });
  }
}

function harm(poison: 'kill' | 'block' | 'reject'): void {
  if (poison === 'kill') process.kill(process.pid, 'SIGKILL');
  if (poison === 'reject') void Promise.reject(new Error('Nobody handles this.'));
  while (poison === 'block');
}
