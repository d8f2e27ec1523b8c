import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Gate } from './behaviour.ts';

/** Who hears of what goes through. */
export interface Told {
  readonly asked: (piece: Buffer) => void;
  readonly answerLost: () => void;
}

/** One connection through the proxy, both ways. */
export class Link {
  /** Resolves when both of its sockets are closed. One with a gap is not, until it is cut. */
  readonly closed: Promise<unknown>;
  /** Whether bytes of it were swallowed: it can only be cut. */
  hasGap = false;
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #gate: Gate;
  readonly #told: Told;
  #losesNextAnswer = false;
  #answersEnded = false;
  #isCut = false;

  constructor(client: Socket, target: { readonly host: string; readonly port: number }, gate: Gate, told: Told) {
    this.#client = client;
    this.#server = connect({ ...target, allowHalfOpen: true, noDelay: true });
    this.#gate = gate;
    this.#told = told;
    for (const socket of [this.#client, this.#server]) socket.on('error', () => this.reset());
    const sockets = [this.#client, this.#server];
    this.closed = Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('close', resolve))));
    void this.#pump(this.#client, this.#server, (chunk) => this.#asked(chunk));
    void this.#pump(this.#server, this.#client, () => this.#answering());
  }

  /** Cuts it by RST on both sides. */
  reset(): void {
    if (this.#isCut) return;
    this.#isCut = true;
    for (const socket of [this.#client, this.#server]) {
      // Reset while its end is being sent, or twice, a handle never closes, and Node 24 spins for ever at its exit.
      if (socket.writableEnded) socket.destroy();
      else if (!socket.destroyed) socket.resetAndDestroy();
    }
  }

  endAnswers(): void {
    this.#answersEnded = true;
    this.#client.end();
  }

  #asked(chunk: Buffer): boolean {
    this.#told.asked(chunk);
    const { behaviour } = this.#gate;
    if (behaviour.kind === 'loseAnswers') this.#losesNextAnswer ||= behaviour.to(chunk);
    return true;
  }

  #answering(): boolean {
    if (!this.#losesNextAnswer) return !this.#answersEnded;
    this.#told.answerLost();
    this.reset();
    return false;
  }

  /** One piece at a time, so that order and back pressure are kept. Never rejects. */
  async #pump(from: Socket, to: Socket, goesOn: (chunk: Buffer) => boolean): Promise<void> {
    try {
      for await (const chunk of from) {
        if (!(await this.#gate.pass(chunk.length))) this.hasGap = true;
        else if (goesOn(chunk)) await write(to, chunk);
      }
      if (await this.#gate.pass(0)) to.end();
      else this.hasGap = true;
    } catch {
      this.reset();
    }
  }
}

async function write(to: Socket, chunk: Buffer): Promise<void> {
  if (to.destroyed) throw new Error('The other side has gone.');
  if (!to.write(chunk)) await Promise.race([once(to, 'drain'), once(to, 'close')]);
}
