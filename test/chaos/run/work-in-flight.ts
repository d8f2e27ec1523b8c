import { type Effect, EffectReader } from '../recording/effect-log.ts';

const EVERY_MS = 4;

/** Follows the effect log: who is at work on what at this moment. */
export class WorkInFlight {
  /** Everything that has been done so far. */
  readonly effects: Effect[] = [];
  readonly #reader: EffectReader;
  readonly #open = new Map<number, Set<string>>();
  readonly #timer: NodeJS.Timeout;
  readonly #starts = new Map<string, PromiseWithResolvers<number>>();
  readonly #told = new Set<string>();
  #isStopped = false;

  constructor(effectLog: string) {
    this.#reader = new EffectReader(effectLog);
    this.#timer = setInterval(() => this.look(), EVERY_MS);
  }

  look(): void {
    for (const effect of this.#reader.read()) {
      this.effects.push(effect);
      const { pid, taskId, attempt, phase, at } = effect;
      const open = this.#open.get(pid) ?? new Set();
      this.#open.set(pid, open);
      if (phase === 'start') this.#startOf(taskId).resolve(at);
      if (phase === 'start') open.add(`${taskId} ${attempt}`);
      else open.delete(`${taskId} ${attempt}`);
      if (phase === 'stop') this.#told.add(`${taskId} ${attempt}`);
    }
  }

  /** How many attempts this process has begun, and neither ended nor been told to stop. */
  of(pid: number): number {
    return this.attemptsOf(pid).size;
  }

  attemptsOf(pid: number): ReadonlySet<string> {
    return this.#open.get(pid) ?? new Set();
  }

  /** Whether this attempt's handler was told to stop. */
  wasTold(attempt: string): boolean {
    return this.#told.has(attempt);
  }

  /** Resolves when the first attempt of this task has begun, to when it did. */
  started(taskId: string): Promise<number> {
    return this.#startOf(taskId).promise;
  }

  total(pids: readonly number[]): number {
    return pids.reduce((sum, pid) => sum + this.of(pid), 0);
  }

  #startOf(taskId: string): PromiseWithResolvers<number> {
    const start = this.#starts.get(taskId) ?? Promise.withResolvers<number>();
    this.#starts.set(taskId, start);
    return start;
  }

  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    clearInterval(this.#timer);
    this.look();
    this.#reader.close();
  }
}
