/** Something that runs, and how it ends: in its own time, or at once. */
export interface Part {
  stop(): Promise<void> | void;
  kill(): void;
}

/** What has been started, in the order in which it was. */
export class Parts {
  readonly #parts: Part[] = [];

  add(part: Part): void {
    this.#parts.push(part);
  }

  /** Stops all, the latest first, whatever fails on the way. @throws the first failure, when all have had their turn */
  async stop(): Promise<void> {
    const failures: unknown[] = [];
    for (const part of this.#parts.toReversed()) {
      try {
        await part.stop();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  /** Ends everything at once. */
  kill(): void {
    for (const part of this.#parts) part.kill();
  }
}
