import { TypeOrmSql } from './sql.ts';

const failing = (code: string, times: number) => {
  let calls = 0;
  const source = {
    query: async () => {
      calls++;
      if (calls <= times) throw Object.assign(new Error(code), { code });
      return [{ answer: 42 }];
    },
  };
  return { sql: new TypeOrmSql(source as never), calls: () => calls };
};

describe('statements over TypeORM', () => {
  test('answers rows, whatever kind of statement it was', async () => {
    const sql = (answer: unknown) => new TypeOrmSql({ query: async () => answer } as never);
    expect(await sql([{ id: 1 }]).query('SELECT', [])).toEqual([{ id: 1 }]);
    expect(await sql([[{ id: 1 }], 1]).query('UPDATE', [])).toEqual([{ id: 1 }]);
    expect(await sql([]).query('SELECT', [])).toEqual([]);
  });

  test.each(['40P01', '40001'])('repeats what lost to another statement (%s)', async (code) => {
    const { sql, calls } = failing(code, 3);
    expect(await sql.query('SELECT', [])).toEqual([{ answer: 42 }]);
    expect(calls()).toBe(4);
  });

  test('gives up in the end, and does not repeat anything else', async () => {
    await expect(failing('40P01', 9).sql.query('SELECT', [])).rejects.toThrow('40P01');
    const other = failing('23505', 1);
    await expect(other.sql.query('SELECT', [])).rejects.toThrow('23505');
    expect(other.calls()).toBe(1);
  });
});
