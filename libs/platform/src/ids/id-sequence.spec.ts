import { describe, expect, it, jest } from '@jest/globals';
import { version } from 'uuid';
import { IdSequence } from './id-sequence.ts';

const MANY = 5_000;

describe('IdSequence', () => {
  it('makes UUIDs of version 7, each greater than the one before, within a millisecond too', () => {
    const sequence = new IdSequence();
    const ids = Array.from({ length: MANY }, () => sequence.next());
    expect(ids.every((id) => version(id) === 7)).toBe(true);
    expect(ids).toEqual([...new Set(ids)].sort());
  });

  it('goes on rising when the clock is set back', () => {
    const now = jest.spyOn(Date, 'now');
    try {
      const sequence = new IdSequence();
      now.mockReturnValue(2_000);
      const before = sequence.next();
      now.mockReturnValue(1_000);
      expect(sequence.next() > before).toBe(true);
    } finally {
      now.mockRestore();
    }
  });

  it('is not to be guessed from its neighbours: what follows the time and the count is random', () => {
    const sequence = new IdSequence();
    const tails = Array.from({ length: MANY }, () => sequence.next().slice(-8));
    expect(new Set(tails).size).toBeGreaterThan(MANY * 0.99);
    expect(sequence.next().slice(-12)).not.toBe(new IdSequence().next().slice(-12));
  });
});
