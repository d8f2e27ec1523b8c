import { Logger } from '@nestjs/common';
import type { Sql } from '@taskpilot/platform';
import type pg from 'pg';
import { PostgresHints } from '../../apps/dtp-scheduler/src/queue/postgres-hints.ts';
import { PostgresTaskQueue } from '../../apps/dtp-scheduler/src/queue/postgres-task-queue.ts';
import { ReadyScan } from '../../apps/dtp-scheduler/src/queue/ready-scan.ts';
import type { HintListener } from '../../apps/dtp-scheduler/src/queue/task-queue.ts';
import type { Minutes } from './model-task.ts';
import { SHIFT, SNAPSHOT, type Snapshot } from './snapshot.ts';

/** Hints that every other process hears of at once. On the wire they may be late or lost; polling makes up for that. */
class SharedHints extends PostgresHints {
  private foreign: HintListener | undefined;

  constructor(
    sql: Sql,
    private readonly processes: ReadonlySet<SharedHints>,
  ) {
    super(sql, '', new Logger());
  }

  override onForeignReady(listener: HintListener): () => void {
    this.foreign = listener;
    return () => undefined;
  }

  override announceReady(): void {
    for (const other of this.processes) if (other !== this) other.foreign?.();
  }

  override announceCancelling(): void {}
}

/** Looks at once where there is a reason to: how soon a claim may look again is a matter of time, unknown to the model. */
class RestlessScan extends ReadyScan {
  override reset(): void {
    this.restart();
  }
}

/** The queue on PostgreSQL, as several processes have it, and a clock that can be moved. */
export class RealQueue {
  readonly sql: Sql;
  private readonly hints = new Set<SharedHints>();
  private readonly queues: PostgresTaskQueue[] = [];

  /** @param rewrite alters a statement before it runs: a mutant of the queue */
  constructor(pool: pg.Pool, processes: number, rewrite: (statement: string) => string) {
    this.sql = {
      query: async <Row>(statement: string, parameters: readonly unknown[]) =>
        (await pool.query(rewrite(statement), [...parameters])).rows as Row[],
    };
    for (let index = 0; index < processes; index++) this.boot(index);
  }

  /** The queue as one process has it. */
  of(index: number): PostgresTaskQueue {
    return this.queues[index % this.queues.length]!;
  }

  /** A process starts, or starts again and remembers nothing. */
  boot(index: number): void {
    this.queues[index] = this.stranger();
  }

  /** The queue as a process has it that remembers nothing. */
  stranger(): PostgresTaskQueue {
    const hints = new SharedHints(this.sql, this.hints);
    this.hints.add(hints);
    return new PostgresTaskQueue(this.sql, hints, RestlessScan);
  }

  async snapshot(): Promise<Snapshot> {
    const [snapshot] = await this.sql.query<Snapshot>(SNAPSHOT, []);
    return snapshot!;
  }

  /** Lets time pass, by moving everything that is stored into the past. */
  async pass(time: Minutes): Promise<void> {
    await this.sql.query(SHIFT, [time]);
  }
}
