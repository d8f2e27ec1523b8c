import { expect, it } from '@jest/globals';
import type { Sql, TaskPilotConfig, TypeOrmSql } from '@taskpilot/platform';
import { BindingStore } from './binding-store.ts';

it('reads tasks that are asked for at the same time by one statement', async () => {
  const asked: unknown[] = [];
  const sql: Sql = {
    async query<Row>(_text: string, [ids]: readonly unknown[]) {
      asked.push(ids);
      return (ids as string[]).filter((id) => id !== 'gone').map((id) => ({ id, status: 'BOUND' }) as Row);
    },
  };
  const store = new BindingStore(sql as TypeOrmSql, {} as TaskPilotConfig);
  const ids = ['one', 'gone', 'two', 'one'];
  const answers = await Promise.allSettled(ids.map((id) => store.get(id)));
  expect(answers).toMatchObject([
    { value: { id: 'one' } },
    { reason: { code: 'TASK_NOT_FOUND' } },
    { value: { id: 'two' } },
    { value: { id: 'one' } },
  ]);
  expect(asked).toEqual([ids]);
});
