const STEP_MS = 0.5;
const LONGEST_MS = 400;

/**
 * How long before a completion a cancel has to be sent to meet it: learnt from who was first. It settles where each is
 * first half the time, whatever the machine is busy with.
 */
export class Lead {
  #ms = 10;

  get ms(): number {
    return this.#ms;
  }

  learn(cancelWasFirst: boolean): void {
    const step = cancelWasFirst ? -STEP_MS : STEP_MS;
    this.#ms = Math.min(LONGEST_MS, Math.max(-LONGEST_MS, this.#ms + step));
  }
}
