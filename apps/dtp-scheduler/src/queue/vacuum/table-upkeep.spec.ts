import { upkeepOf } from './table-upkeep.ts';

const MIB = 1024 * 1024;
const ROW_BYTES = 128;
const CLAIM_BYTES = 2_048;
const table = {
  table: 'ready',
  liveRows: 0,
  deadRows: 0,
  heapBytes: 0,
  indexBytes: 16_384,
  sinceVacuumMs: 60_000,
};

describe('what a narrow table needs', () => {
  it.each([
    [
      'a vacuum when it was never vacuumed and is full of dead rows',
      { deadRows: 5_000, sinceVacuumMs: null },
      'vacuum',
    ],
    ['a vacuum when as much is dead as is alive', { deadRows: 80_000, liveRows: 80_000 }, 'vacuum'],
    ['nothing while more is alive: the walk would not pay', { deadRows: 80_000, liveRows: 80_001 }, null],
    ['nothing for a few dead rows', { deadRows: 4_999 }, null],
    ['a rest after a vacuum', { deadRows: 5_000, sinceVacuumMs: 4_999 }, null],
    ['no longer a rest than that, with little that is dead', { deadRows: 5_000, sinceVacuumMs: 5_000 }, 'vacuum'],
    ['the longer a rest, the more was left', { deadRows: 1_000_000, sinceVacuumMs: 15_359 }, null],
    ['but another vacuum after that', { deadRows: 1_000_000, sinceVacuumMs: 15_360 }, 'vacuum'],
    ['a vacuum before all else', { deadRows: 5_000, heapBytes: 16 * MIB }, 'vacuum'],
    ['made anew when its heap is large still', { liveRows: 100, heapBytes: 2 * MIB }, 'rewrite'],
    ['made anew when its indexes alone are large', { liveRows: 100, indexBytes: 3 * MIB }, 'rewrite'],
    ['made anew while a vacuum rests', { deadRows: 5_000, heapBytes: 16 * MIB, sinceVacuumMs: 2_000 }, 'rewrite'],
    ['nothing before the statistics tell of the last vacuum', { heapBytes: 16 * MIB, sinceVacuumMs: 1_499 }, null],
    ['nothing where they tell of none', { heapBytes: 16 * MIB, sinceVacuumMs: null }, null],
    ['nothing while there are many rows', { liveRows: 10_001, heapBytes: 64 * MIB, indexBytes: 64 * MIB }, null],
    ['nothing for a small heap', { heapBytes: MIB }, null],
    ['nothing for a small index', { indexBytes: 2 * MIB }, null],
    [
      'nothing while its rows may need that, dead ones that a transaction keeps among them',
      { liveRows: 2_000, deadRows: 2_000, heapBytes: 1.9 * MIB, indexBytes: 2.9 * MIB },
      null,
    ],
    [
      'nothing between two vacuums at 6,000 tasks a second',
      { deadRows: 9_000, heapBytes: 6_000 * 7 * 72, indexBytes: 6_000 * 7 * 50, sinceVacuumMs: 1_500 },
      null,
    ],
  ] as const)('is %s', (_what, figures, upkeep) => {
    expect(upkeepOf({ ...table, ...figures }, ROW_BYTES)).toBe(upkeep);
  });

  it.each([
    ['a vacuum for fewer dead rows', { deadRows: 313, heapBytes: 1.2 * MIB }, 'vacuum'],
    ['nothing for a handful', { deadRows: 312, heapBytes: 1.2 * MIB }, null],
    ['nothing while a transaction keeps them', { deadRows: 600, heapBytes: 3 * MIB, sinceVacuumMs: 2_000 }, null],
    ['a rewrite once they are gone', { deadRows: 40, heapBytes: 3 * MIB, sinceVacuumMs: 2_000 }, 'rewrite'],
    ['no rewrite of what takes longer', { liveRows: 626, heapBytes: 64 * MIB }, null],
  ] as const)('is, of large rows, %s', (_what, figures, upkeep) => {
    expect(upkeepOf({ ...table, ...figures }, CLAIM_BYTES)).toBe(upkeep);
  });
});
