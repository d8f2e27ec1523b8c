import type { TcpProxy } from '../proxy/tcp-proxy.ts';

const REQUEST = /^(GET|POST|PUT) /;

/** How many calls there are in each second between the planes: while the way is whole, and while it is not. */
export class CallRate {
  readonly #whole = new Map<number, number>();
  readonly #broken = new Map<number, number>();

  /** A connection that is refused is a call that was tried. */
  constructor(proxy: TcpProxy) {
    proxy.onAsked = (piece) => {
      if (piece && !REQUEST.test(piece.toString('latin1', 0, 5))) return;
      const second = Math.floor(performance.now() / 1_000);
      const counts = proxy.isWhole ? this.#whole : this.#broken;
      counts.set(second, (counts.get(second) ?? 0) + 1);
    };
  }

  get #normal(): number {
    return [...this.#whole.values()].reduce((sum, count) => sum + count, 0) / Math.max(1, this.#whole.size);
  }

  get #peak(): number {
    return Math.max(0, ...this.#broken.values());
  }

  /** Of the fullest second of a fault to a normal one on average. */
  get ratio(): number {
    return this.#normal === 0 ? 0 : this.#peak / this.#normal;
  }

  get note(): string {
    const total = [...this.#broken.values()].reduce((sum, count) => sum + count, 0);
    const mean = total / Math.max(1, this.#broken.size);
    return (
      `calls between the planes: ${this.#normal.toFixed(1)} a second and at most ${Math.max(0, ...this.#whole.values())} while they can talk, at most ` +
      `${this.#peak} and ${mean.toFixed(1)} on average while they cannot`
    );
  }
}
