import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { PageQuery } from './page.query.ts';

describe('PageQuery', () => {
  it('reads plain digits as a number', () => {
    const query = plainToInstance(PageQuery, { limit: '200' });
    expect(validateSync(query)).toEqual([]);
    expect(query.limit).toBe(200);
  });

  it.each(['0', '-1', '201', '1e2', '2.0', ' 5', '0x10', '', '9007199254740993', ['1', '2']])(
    'refuses a limit of %j',
    (limit) => {
      expect(validateSync(plainToInstance(PageQuery, { limit }))).toHaveLength(1);
    },
  );
});
