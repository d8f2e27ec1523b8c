import { beforeEach, describe, expect, it } from '@jest/globals';
import { DEFAULT_RETRY_POLICY, TASK_DEFAULTS } from '@taskpilot/contracts';
import type { Sql, TypeOrmSql } from '@taskpilot/platform';
import type { NewWebTask, WebTaskSpec } from './statements/insert-web-tasks.ts';
import { WebTaskStore } from './web-task-store.ts';

const NOW = new Date('2026-11-20T09:30:00.000Z');

const newTask = (idempotencyKey: string | null, requestHash = 'h'): WebTaskSpec => ({
  ...TASK_DEFAULTS,
  name: 'a task',
  type: 'echo',
  payload: {},
  runAt: null,
  retryPolicy: DEFAULT_RETRY_POLICY,
  deadlineAt: null,
  labels: {},
  traceparent: null,
  idempotencyKey,
  requestHash,
});

/** A database in which some keys are taken, by a request of the hash `h`. */
class FakeSql implements Sql {
  readonly taken = new Set<string>();
  inserts = 0;
  /** Called before a look-up; throws to fail it. */
  onLookup: () => void = () => undefined;

  async query<Row>(text: string, [parameter]: readonly unknown[]): Promise<Row[]> {
    if (text.includes('INSERT INTO web_task')) {
      this.inserts++;
      const tasks: NewWebTask[] = JSON.parse(String(parameter));
      return tasks
        .filter(({ idempotencyKey }) => !this.taken.has(idempotencyKey ?? ''))
        .map(({ id }) => ({ id, createdAt: NOW }) as Row);
    }
    this.onLookup();
    const keys = (parameter as string[]).filter((key) => this.taken.has(key));
    return keys.map((idempotencyKey) => ({ id: `of ${idempotencyKey}`, idempotencyKey, requestHash: 'h' }) as Row);
  }
}

describe('WebTaskStore', () => {
  let sql: FakeSql;
  let store: WebTaskStore;

  beforeEach(() => {
    sql = new FakeSql();
    sql.taken.add('known');
    store = new WebTaskStore({} as never, sql as unknown as TypeOrmSql);
  });

  it('creates at once, and answers a repeat with what its key has made', async () => {
    const [created, repeated] = await Promise.all([store.create(newTask(null)), store.create(newTask('known'))]);
    expect(created).toMatchObject({ created: true, task: { createdAt: NOW } });
    expect(repeated).toMatchObject({ created: false, task: { id: 'of known' } });
    expect(sql.inserts).toBe(1);
    await expect(store.create(newTask('known', 'other'))).rejects.toMatchObject({ code: 'IDEMPOTENCY_MISMATCH' });
  });

  it.each([
    ['the database went away', 'ECONNRESET'],
    ['the statement failed', 'XX000'],
  ])('tells of what was created though a repeat could not be looked up: %s', async (_, code) => {
    sql.onLookup = () => {
      throw Object.assign(new Error('no answer'), { code });
    };
    const [created, repeated] = await Promise.allSettled([store.create(newTask(null)), store.create(newTask('known'))]);
    expect(created).toMatchObject({ status: 'fulfilled', value: { created: true } });
    expect(repeated).toMatchObject({ status: 'rejected', reason: { code } });
    expect(sql.inserts).toBe(1);
  });

  it('creates where a key was taken, and forgotten before it could be looked up', async () => {
    sql.onLookup = () => sql.taken.clear();
    expect(await store.create(newTask('known'))).toMatchObject({ created: true });
  });
});
