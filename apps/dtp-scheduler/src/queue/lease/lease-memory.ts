const LAST_BEAT = 0;
const STAMPS = 1;

/** What the two threads tell each other without having to wait for the other's event loop. */
export class LeaseMemory {
  readonly buffer: SharedArrayBuffer;
  private readonly cells: BigInt64Array;

  constructor(buffer = new SharedArrayBuffer(2 * BigInt64Array.BYTES_PER_ELEMENT)) {
    this.buffer = buffer;
    this.cells = new BigInt64Array(buffer);
  }

  /** @param sentAt nanoseconds of `process.hrtime.bigint()` */
  recordBeat(sentAt: bigint): void {
    Atomics.store(this.cells, LAST_BEAT, sentAt);
  }

  lastBeatMs(): number {
    return Number(Atomics.load(this.cells, LAST_BEAT)) / 1e6;
  }

  /** The main thread's sign of life. */
  stamp(): void {
    Atomics.add(this.cells, STAMPS, 1n);
  }

  stamps(): bigint {
    return Atomics.load(this.cells, STAMPS);
  }
}
