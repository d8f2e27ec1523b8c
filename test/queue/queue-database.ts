import { DEFAULT_RETRY_POLICY, type SchedulerTaskState } from '@taskpilot/contracts';
import type { Sql } from '@taskpilot/platform';
import pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import type { JudgedClaims } from '../../apps/dtp-scheduler/src/queue/statements/audit-claims.ts';
import { claimTasks } from '../../apps/dtp-scheduler/src/queue/statements/claim-tasks.ts';
import { enqueueTasks, type ImmediateClaim } from '../../apps/dtp-scheduler/src/queue/statements/enqueue-tasks.ts';
import { listAttempts } from '../../apps/dtp-scheduler/src/queue/statements/list-attempts.ts';
import type { ClaimedTask, NewTask } from '../../apps/dtp-scheduler/src/queue/task-queue.ts';
import { createTestDatabase } from '../support/database.ts';

/** For an audit: of whatever time, and none of them under way. */
export const ALL_CLAIMS: JudgedClaims = { before: 'ffffffff-ffff-ffff-ffff-ffffffffffff', pending: [] };

/** One real connection, so that a test can hold a transaction open on it while another connection goes on. */
export class Connection implements Sql {
  private constructor(private readonly client: pg.Client) {}

  static async open(url: string): Promise<Connection> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    return new Connection(client);
  }

  async query<Row>(statement: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    const { rows } = await this.client.query(statement, [...parameters]);
    return rows as Row[];
  }

  async close(): Promise<void> {
    await this.client.end();
  }
}

export interface StoredTask {
  readonly state: SchedulerTaskState;
  readonly state_seq: number;
  readonly attempt: number;
  readonly failed_attempts: number;
  readonly lost_attempts: number;
  readonly worker_id: string | null;
  readonly result: unknown;
  readonly error: { readonly code: string; readonly lastError?: { readonly code: string } } | null;
  readonly run_at: Date;
}

/** A migrated database with two connections, `a` and `b`, and the few steps that every scenario begins with. */
export class QueueDatabase {
  private constructor(
    readonly url: string,
    readonly a: Connection,
    readonly b: Connection,
    private readonly drop: () => Promise<void>,
  ) {}

  static async create(): Promise<QueueDatabase> {
    const { url, drop } = await createTestDatabase('dtp');
    return new QueueDatabase(url, await Connection.open(url), await Connection.open(url), drop);
  }

  async close(): Promise<void> {
    await Promise.all([this.a.close(), this.b.close()]);
    await this.drop();
  }

  async empty(): Promise<void> {
    await this.a.query(`TRUNCATE scheduler_task, ready, scheduled, worker, claims, cancelling, deadlines, attempt,
      idempotency_key, pruned_task`);
  }

  async worker(leaseMs = 60_000): Promise<string> {
    const id = uuidv7();
    await this.a.query(
      `INSERT INTO worker (id, lease_until, types, started_at)
       VALUES ($1, clock_timestamp() + $2::float8 * interval '1 ms', '{echo}', now())`,
      [id, leaseMs],
    );
    return id;
  }

  async letLeaseLapse(workerId: string): Promise<void> {
    await this.a.query(`UPDATE worker SET lease_until = clock_timestamp() - interval '1 ms' WHERE id = $1`, [workerId]);
  }

  async enqueued(overrides: Partial<NewTask> = {}): Promise<string> {
    const task = newTask(overrides);
    await enqueueTasks(this.a, [task]);
    return task.id;
  }

  /** What the worker takes of tasks that are being stored. */
  claimOf(workerId: string): ImmediateClaim {
    return { workerId, claimId: uuidv7(), types: ['echo'], finished: [] };
  }

  async claim(workerId: string, limit = 1, lane: 'fresh' | 'lostOnce' | 'lostTwice' = 'fresh'): Promise<ClaimedTask[]> {
    const claimId = uuidv7();
    const claim = await claimTasks(this.a, { claimId, workerId, types: ['echo'], limit, lane }, null, []);
    return [...claim.tasks];
  }

  /** Enqueues a task and has the worker claim it. */
  async running(workerId: string, overrides: Partial<NewTask> = {}): Promise<ClaimedTask> {
    await this.enqueued(overrides);
    const [task] = await this.claim(workerId);
    if (!task) throw new Error('nothing was claimed');
    return task;
  }

  async task(id: string): Promise<StoredTask> {
    const [row] = await this.a.query<StoredTask>('SELECT * FROM scheduler_task WHERE id = $1', [id]);
    if (!row) throw new Error(`no task ${id}`);
    return row;
  }

  async outcomes(id: string): Promise<(string | null)[]> {
    const attempts = await listAttempts(this.a, id);
    return attempts.map(({ outcome }) => outcome);
  }

  async count(table: string, where = 'true'): Promise<number> {
    const [row] = await this.a.query<{ count: number }>(`SELECT count(*)::integer FROM ${table} WHERE ${where}`);
    return row?.count ?? 0;
  }

  /**
   * Runs `first` in a transaction of connection a, starts `second` on connection b, and commits the first once the
   * second waits for its lock (or has ended without).
   */
  async race<First, Second>(
    first: (sql: Sql) => Promise<First>,
    second: (sql: Sql) => Promise<Second>,
  ): Promise<[First, Second]> {
    await this.a.query('BEGIN');
    const firstAnswer = await first(this.a);
    let ended = false;
    const racing = second(this.b).finally(() => {
      ended = true;
    });
    while (!ended && !(await this.isSecondWaiting())) await new Promise((resolve) => setImmediate(resolve));
    await this.a.query('COMMIT');
    return [firstAnswer, await racing];
  }

  private async isSecondWaiting(): Promise<boolean> {
    const [row] = await this.a.query<{ waiting: boolean }>(
      `SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted
         AND pid IN (SELECT pid FROM pg_stat_activity WHERE datname = current_database())) AS waiting`,
    );
    return row?.waiting ?? false;
  }
}

export function newTask(overrides: Partial<NewTask> = {}): NewTask {
  return {
    id: uuidv7(),
    idempotencyKey: null,
    requestHash: 'hash',
    type: 'echo',
    payload: { hello: 'world' },
    queue: 'default',
    priority: 0,
    runAt: null,
    retryPolicy: DEFAULT_RETRY_POLICY,
    timeoutMs: 60_000,
    deadlineAt: null,
    traceparent: null,
    ...overrides,
  };
}
