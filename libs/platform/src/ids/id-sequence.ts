import { v7 } from 'uuid';

const RANDOM_BYTES = 16;
const POOL_BYTES = 256 * RANDOM_BYTES;

/**
 * Makes UUIDv7s, each greater than all that it made before, as `uuid` does when left alone. It asks the system for
 * randomness for 256 ids at a time, where `uuid` asks for each.
 */
export class IdSequence {
  private readonly pool = new Uint8Array(POOL_BYTES);
  /** That of one id: a view of the pool each would be half of what an id costs. */
  private readonly random = new Uint8Array(RANDOM_BYTES);
  private readonly bytes = new DataView(this.random.buffer);
  private used = POOL_BYTES;
  private msecs = 0;
  /** Counts on within a millisecond, from a random start; 32 bits. */
  private seq = 0;

  next(): string {
    this.takeRandom();
    const now = Date.now();
    if (now > this.msecs) {
      this.msecs = now;
      // Half of the range at most: the other half is left to count in.
      this.seq = this.bytes.getUint32(0) >>> 1;
    } else {
      this.seq = (this.seq + 1) | 0;
      if (this.seq === 0) this.msecs++;
    }
    return v7({ random: this.random, msecs: this.msecs, seq: this.seq });
  }

  private takeRandom(): void {
    if (this.used === POOL_BYTES) {
      crypto.getRandomValues(this.pool);
      this.used = 0;
    }
    for (let index = 0; index < RANDOM_BYTES; index++) this.random[index] = this.pool[this.used + index] as number;
    this.used += RANDOM_BYTES;
  }
}
