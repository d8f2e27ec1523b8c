import { Gathering } from '../timing/gathering.ts';
import { isDatabaseUnavailable } from './is-database-unavailable.ts';

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Lets concurrent calls share one statement and one commit: calls of one moment go together, and what arrives while a
 * statement runs goes into the next one. Each call is answered only after the commit that holds it. A lone call waits
 * for nobody; one of several, for the others by up to 2 ms.
 */
export class GroupCommit<Item, Result> {
  private waiting: Waiting<Item, Result>[] = [];
  private readonly gathering = new Gathering(() => this.waiting.length);
  private isRunning = false;

  /** @param run answers one result per item, in their order */
  constructor(
    private readonly run: (items: readonly Item[]) => Promise<readonly Result[]>,
    private readonly limit = 200,
  ) {}

  submit(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ item, resolve, reject });
      this.gathering.arrived();
      if (!this.isRunning) void this.drain();
    });
  }

  private async drain(): Promise<void> {
    this.isRunning = true;
    while (this.waiting.length > 0) {
      await this.gathering.gathered();
      const batch = this.waiting.splice(0, this.limit);
      this.gathering.left(batch.length);
      await this.settle(batch);
    }
    this.isRunning = false;
  }

  /** One bad row fails its whole statement. Halving finds it in a few statements, where one each would take hundreds. */
  private async settle(batch: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await this.run(batch.map(({ item }) => item));
      for (const [index, { resolve }] of batch.entries()) resolve(results[index] as Result);
    } catch (error) {
      if (batch.length > 1 && !isDatabaseUnavailable(error)) {
        const half = Math.ceil(batch.length / 2);
        await this.settle(batch.slice(0, half));
        await this.settle(batch.slice(half));
      } else for (const { reject } of batch) reject(error);
    }
  }
}
