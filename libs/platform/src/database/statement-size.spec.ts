import { describe, expect, it } from '@jest/globals';
import { StatementSize } from './statement-size.ts';

/** Statements of as many items as are allowed. */
function sizesAfter(statements: number, tookMs: (items: number) => number, size = new StatementSize(500)): number[] {
  return Array.from({ length: statements }, () => {
    size.learn(size.items, tookMs(size.items));
    return size.items;
  });
}

describe('StatementSize', () => {
  it('stays at the most while statements are short', () => {
    expect(sizesAfter(3, (items) => 2 + items / 20)).toEqual([500, 500, 500]);
  });

  it('does so where each takes long whatever it holds', () => {
    expect(sizesAfter(3, () => 800)).toEqual([500, 500, 500]);
  });

  it('shrinks where it is the items that take long, and stays there', () => {
    const size = new StatementSize(500);
    size.learn(1, 400);
    for (const items of sizesAfter(100, (count) => 400 + count * 3, size).slice(3)) {
      expect(items).toBeGreaterThanOrEqual(50);
      expect(items).toBeLessThanOrEqual(100);
    }
  });

  it('recovers with the database', () => {
    const size = new StatementSize(500);
    size.learn(1, 10);
    sizesAfter(10, (items) => items * 10, size);
    expect(size.items).toBeLessThanOrEqual(100);
    expect(sizesAfter(5, (items) => items / 20, size).at(-1)).toBe(500);
  });

  it('grows again where the database has become slower by itself', () => {
    const size = new StatementSize(500);
    sizesAfter(5, () => 5, size);
    expect(sizesAfter(5, () => 600, size).at(-1)).toBe(50);
    expect(sizesAfter(5, () => 600, size).at(-1)).toBe(500);
  });

  it('learns nothing about the size from statements that were not full', () => {
    const size = new StatementSize(500);
    size.learn(1, 5);
    size.learn(100, 400);
    expect(size.items).toBe(50);
    for (let index = 0; index < 10; index++) size.learn(1, 5);
    expect(size.items).toBe(50);
  });
});
