import { setTimeout as delay } from 'node:timers/promises';

export type Behaviour =
  | { readonly kind: 'pass' }
  /** Each piece waits so long (milliseconds). */
  | { readonly kind: 'delay'; readonly ms: number }
  | { readonly kind: 'throttle'; readonly bytesPerSecond: number }
  /** A network that is gone and comes back: what is sent waits, and is delivered late, in order. */
  | { readonly kind: 'hold' }
  /** A network that swallows: connections stay open, nothing arrives, nothing is told. */
  | { readonly kind: 'blackhole' }
  /** Open connections are reset, new ones as well. */
  | { readonly kind: 'refuse' }
  /** The request arrives and is carried out; its answer never comes, the connection is cut instead. */
  | { readonly kind: 'loseAnswers'; readonly to: (request: Buffer) => boolean };

export const PASS: Behaviour = { kind: 'pass' };

/** What every piece of every connection has to get through. */
export class Gate {
  behaviour: Behaviour = PASS;
  #changed = Promise.withResolvers<void>();

  become(behaviour: Behaviour): void {
    this.behaviour = behaviour;
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  /** Resolves when a piece of so many bytes may go on: to `false` when it is swallowed. */
  async pass(bytes: number): Promise<boolean> {
    for (;;) {
      switch (this.behaviour.kind) {
        case 'hold':
          await this.#changed.promise;
          continue;
        case 'blackhole':
          return false;
        case 'delay':
          await delay(this.behaviour.ms);
          return true;
        case 'throttle':
          await delay((bytes / this.behaviour.bytesPerSecond) * 1_000);
          return true;
        default:
          return true;
      }
    }
  }
}
