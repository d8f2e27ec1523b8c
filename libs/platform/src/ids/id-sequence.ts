import { v7 } from 'uuid';

const RANDOM_BYTES = 16;
const POOL_BYTES = 256 * RANDOM_BYTES;

/**
 * Makes UUIDv7s, each greater than all that it made before, as `uuid` does when left alone. It asks the system for
 * randomness for 256 ids at a time, where `uuid` asks for each.
 */
export class IdSequence {
  private readonly pool = new Uint8Array(POOL_BYTES);
  private used = POOL_BYTES;
  private msecs = 0;
  /** Counts on within a millisecond, from a random start; 32 bits. */
  private seq = 0;

  next(): string {
    const random = this.takeRandom();
    const now = Date.now();
    if (now > this.msecs) {
      this.msecs = now;
      // Half of the range at most: the other half is left to count in.
      this.seq = new DataView(random.buffer, random.byteOffset).getUint32(0) >>> 1;
    } else {
      this.seq = (this.seq + 1) | 0;
      if (this.seq === 0) this.msecs++;
    }
    return v7({ random, msecs: this.msecs, seq: this.seq });
  }

  private takeRandom(): Uint8Array {
    if (this.used === POOL_BYTES) {
      crypto.getRandomValues(this.pool);
      this.used = 0;
    }
    this.used += RANDOM_BYTES;
    return this.pool.subarray(this.used - RANDOM_BYTES, this.used);
  }
}
