import { setImmediate } from 'node:timers/promises';
import { isHurried, patiently } from '../context/request-context.ts';
import { Gathering } from '../timing/gathering.ts';
import { isDatabaseUnavailable } from './is-database-unavailable.ts';
import { NoTurn, PATIENCE_MS } from './no-turn.ts';
import { StatementSize } from './statement-size.ts';

const LOOK_MS = PATIENCE_MS / 8;

interface Waiting<Item, Result> {
  readonly item: Item;
  /** By `performance.now()`; never where it may wait for as long as it takes. */
  readonly lateAt: number;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Lets concurrent calls share one statement and one commit: calls of one moment go together, and what arrives while a
 * statement runs goes into the next one. Each call is answered only after the commit that holds it. A lone call waits
 * for nobody; one of several, for the others by up to 2 ms. A request that has waited for too long, since more is asked
 * for than the database can take, fails with `NoTurn` before it is part of any statement.
 */
export class GroupCommit<Item, Result> {
  private waiting: Waiting<Item, Result>[] = [];
  private readonly gathering = new Gathering(() => this.waiting.length);
  private isRunning = false;
  /** While somebody waits. */
  private looks: NodeJS.Timeout | undefined;
  private readonly size: StatementSize;

  /** @param run answers one result per item, in their order */
  constructor(
    private readonly run: (items: readonly Item[]) => Promise<readonly Result[]>,
    limit = 200,
  ) {
    this.size = new StatementSize(limit);
  }

  submit(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      const lateAt = isHurried() ? performance.now() + PATIENCE_MS : Number.POSITIVE_INFINITY;
      this.waiting.push({ item, lateAt, resolve, reject });
      this.gathering.arrived();
      if (!this.isRunning) void this.drain();
      else this.looks ??= setInterval(() => void this.refuseLate(), LOOK_MS);
    });
  }

  private async drain(): Promise<void> {
    this.isRunning = true;
    while (this.waiting.length > 0) {
      await this.gathering.gathered();
      const batch = this.waiting.splice(0, this.size.items);
      this.gathering.left(batch.length);
      // All have been refused meanwhile.
      if (batch.length === 0) break;
      const startedAt = performance.now();
      // Whoever stands before it at the pool gives up soon: it needs no bound of its own.
      await patiently(() => this.settle(batch));
      this.size.learn(batch.length, performance.now() - startedAt);
    }
    clearInterval(this.looks);
    this.looks = undefined;
    this.isRunning = false;
  }

  private async refuseLate(): Promise<void> {
    // Where this process itself has stood still, an answer may be there, and the next statement about to begin.
    await setImmediate();
    await setImmediate();
    const now = performance.now();
    const late = this.waiting.filter(({ lateAt }) => lateAt <= now);
    if (late.length === 0) return;
    this.waiting = this.waiting.filter(({ lateAt }) => lateAt > now);
    const error = new NoTurn();
    for (const { reject } of late) reject(error);
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
