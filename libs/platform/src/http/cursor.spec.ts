import { ProblemError } from '../problem/problem-error.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { parseId } from './id.ts';

const ID = '0197c3f2-6a5b-7cc1-9f6e-3f2b8a4d5e6f';

describe('cursors and ids', () => {
  it('come back as they went', () => {
    expect(decodeCursor(encodeCursor(ID))).toBe(ID);
    expect(encodeCursor(ID)).toMatch(/^[\w-]{22}$/);
    expect(parseId(ID.toUpperCase())).toBe(ID);
  });

  it.each(['', 'x', ID, `${encodeCursor(ID)}=`, `${encodeCursor(ID)} `, encodeCursor(ID).slice(0, 21), 'ÿ'.repeat(22)])(
    'refuse the cursor %j',
    (text) => {
      expect(() => decodeCursor(text)).toThrow(expect.objectContaining({ code: 'INVALID_CURSOR' }));
    },
  );

  it.each(['', 'x', ID.slice(1), `${ID}\n`, `{${ID}}`])('refuse the id %j', (text) => {
    expect(() => parseId(text)).toThrow(ProblemError);
  });
});
