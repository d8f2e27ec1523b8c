import { type Effect, EffectReader } from '../recording/effect-log.ts';

const EVERY_MS = 25;

/** Follows the effect log: who is at work on what at this moment. */
export class WorkInFlight {
  /** Everything that has been done so far. */
  readonly effects: Effect[] = [];
  readonly #reader: EffectReader;
  readonly #open = new Map<number, Set<string>>();
  readonly #timer: NodeJS.Timeout;
  #isStopped = false;

  constructor(effectLog: string) {
    this.#reader = new EffectReader(effectLog);
    this.#timer = setInterval(() => this.look(), EVERY_MS);
  }

  look(): void {
    for (const effect of this.#reader.read()) {
      this.effects.push(effect);
      const { pid, taskId, attempt, phase } = effect;
      const open = this.#open.get(pid) ?? new Set();
      this.#open.set(pid, open);
      if (phase === 'start') open.add(`${taskId} ${attempt}`);
      else open.delete(`${taskId} ${attempt}`);
    }
  }

  /** How many attempts this process has begun and not ended. */
  of(pid: number): number {
    return this.#open.get(pid)?.size ?? 0;
  }

  total(pids: readonly number[]): number {
    return pids.reduce((sum, pid) => sum + this.of(pid), 0);
  }

  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    clearInterval(this.#timer);
    this.look();
    this.#reader.close();
  }
}
