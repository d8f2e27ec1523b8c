import { describe, expect, it } from '@jest/globals';
import { canonicalHash } from './canonical-hash.ts';

describe('canonicalHash', () => {
  it('does not depend on the order of members, at any depth', () => {
    expect(canonicalHash({ a: 1, b: { c: [1, { d: 2, e: 3 }], f: null } })).toBe(
      canonicalHash({ b: { f: null, c: [1, { e: 3, d: 2 }] }, a: 1 }),
    );
  });

  it.each([
    [{ a: [1, 2] }, { a: [2, 1] }],
    [{ a: 1 }, { a: '1' }],
    [{ a: null }, {}],
    [{ 'a":1,"b': 1 }, { a: 1, b: 1 }],
    [{ a: {} }, { a: [] }],
  ])('tells %j from %j', (left, right) => {
    expect(canonicalHash(left)).not.toBe(canonicalHash(right));
  });

  it('ignores what a class instance carries beyond its own members', () => {
    class Body {
      constructor(readonly a: number) {}
      get b(): number {
        return this.a;
      }
    }
    expect(canonicalHash(new Body(1))).toBe(canonicalHash({ a: 1 }));
  });
});
