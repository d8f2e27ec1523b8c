import { beforeEach, describe, expect, it } from '@jest/globals';
import { DEFAULT_RETRY_POLICY, TASK_DEFAULTS } from '@taskpilot/contracts';
import type { Sql } from '@taskpilot/platform';
import { v7 as uuidv7 } from 'uuid';
import { Enqueuer } from './enqueuer.ts';
import type { NewTask } from './task-queue.ts';

const NOW = new Date('2026-11-20T09:30:00.000Z');
const away = () => Object.assign(new Error('Connection terminated unexpectedly'), { code: '57P01' });

const newTask = (fields: Partial<NewTask> = {}): NewTask => ({
  ...TASK_DEFAULTS,
  id: uuidv7(),
  idempotencyKey: null,
  requestHash: '',
  type: 'echo',
  payload: {},
  runAt: null,
  retryPolicy: DEFAULT_RETRY_POLICY,
  deadlineAt: null,
  traceparent: null,
  ...fields,
});

type Statement = 'enqueue' | 'findTasks' | 'findByKeys';

/** A database that keeps ids alone, and fails as it is told. */
class FakeSql implements Sql {
  readonly asked: Statement[] = [];
  readonly stored = new Set<unknown>();
  /** Throws to fail a statement, before it has done anything. */
  before: (statement: Statement, nth: number) => void = () => undefined;
  /** Throws to lose the answer of a statement that was done. */
  after: (statement: Statement, nth: number) => void = () => undefined;

  async query<Row>(text: string, parameters: readonly unknown[]): Promise<Row[]> {
    const statement = nameOf(text);
    this.asked.push(statement);
    const nth = this.asked.filter((name) => name === statement).length;
    this.before(statement, nth);
    const ids = statement === 'enqueue' ? idsOf(String(parameters[0])) : (parameters[0] as readonly string[]);
    if (statement === 'enqueue') for (const id of ids) this.stored.add(id);
    this.after(statement, nth);
    if (statement === 'findByKeys') return [];
    const rows = ids.filter((id) => this.stored.has(id)).map((id) => ({ id, ...TIMES }));
    return rows as Row[];
  }
}

/** Of an array in PostgreSQL's form. */
const idsOf = (literal: string): readonly string[] => literal.slice(1, -1).split(',');

const TIMES = {
  created_us: NOW.getTime() * 1_000,
  run_at: null,
  createdAt: NOW,
  updatedAt: NOW,
  runAt: NOW,
  place: 'ready',
};

function nameOf(text: string): Statement {
  if (text.includes('INSERT INTO scheduler_task')) return 'enqueue';
  return text.includes('idempotency_key AS key') ? 'findByKeys' : 'findTasks';
}

describe('Enqueuer', () => {
  let sql: FakeSql;
  let enqueuer: Enqueuer;
  let told: string[];

  beforeEach(() => {
    sql = new FakeSql();
    told = [];
    const unknown = () => void told.push('unknown');
    enqueuer = new Enqueuer(sql, { openClaim: () => null, stored: () => void told.push('stored'), unknown });
  });

  const enqueueAll = (tasks: readonly NewTask[]) => Promise.allSettled(tasks.map((task) => enqueuer.enqueue(task)));
  const count = (outcomes: readonly PromiseSettledResult<unknown>[], status: 'fulfilled' | 'rejected') =>
    outcomes.filter((outcome) => outcome.status === status).length;

  it('puts a thousand tasks of one moment into a few statements', async () => {
    const outcomes = await enqueueAll(Array.from({ length: 1_000 }, () => newTask()));
    expect(count(outcomes, 'fulfilled')).toBe(1_000);
    expect(sql.asked.length).toBeLessThanOrEqual(2);
  });

  it('tells what is durable from what is not when the database goes away between two statements', async () => {
    sql.before = (statement, nth) => {
      if (statement !== 'enqueue' || nth > 1) throw away();
    };
    const tasks = Array.from({ length: 1_001 }, () => newTask());
    const outcomes = await enqueueAll(tasks);
    for (const [index, task] of tasks.entries()) {
      expect(outcomes[index]?.status).toBe(sql.stored.has(task.id) ? 'fulfilled' : 'rejected');
    }
    expect([count(outcomes, 'fulfilled') > 0, count(outcomes, 'rejected') > 0]).toEqual([true, true]);
  });

  it('finds by id, with one statement, what was committed though the answer was lost', async () => {
    sql.after = (statement) => {
      if (statement === 'enqueue') throw away();
    };
    const outcomes = await enqueueAll([newTask(), newTask(), newTask()]);
    expect(outcomes.map((outcome) => outcome.status === 'fulfilled' && outcome.value.kind)).toEqual(
      Array.from({ length: 3 }, () => 'created'),
    );
    expect(sql.asked).toEqual(['enqueue', 'findTasks']);
    expect(told).toEqual(['unknown']);
  });

  it.each(['before', 'after'] as const)('tells a waiting worker that it may have got what failed %s', async (side) => {
    const told: string[] = [];
    const { workerId, claimId, types, finished } = { workerId: uuidv7(), claimId: uuidv7(), types: [], finished: [] };
    const ends = { stored: () => void told.push('stored'), unknown: () => void told.push('unknown') };
    const openClaim = () => ({ workerId, claimId, types, finished, ...ends });
    enqueuer = new Enqueuer(sql, { openClaim, stored: () => undefined, unknown: () => undefined });
    await enqueueAll([newTask()]);
    sql[side] = (statement) => {
      if (statement === 'enqueue') throw away();
    };
    await enqueueAll([newTask()]);
    expect(told).toEqual(['stored', 'unknown']);
  });

  it('answers for what it has stored when it cannot look up whose key was taken', async () => {
    sql.before = (statement) => {
      if (statement === 'findByKeys') throw away();
    };
    const keyed = { idempotencyKey: 'k', requestHash: 'one' };
    const outcomes = await enqueueAll([newTask(keyed), newTask(), newTask(keyed)]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
  });
});
