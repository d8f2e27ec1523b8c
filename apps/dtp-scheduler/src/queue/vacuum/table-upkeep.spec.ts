import { upkeepOf } from './table-upkeep.ts';

const MIB = 1024 * 1024;
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
    ['the longer a rest, the more was left', { deadRows: 1_000_000, sinceVacuumMs: 14_999 }, null],
    ['but another vacuum after that', { deadRows: 1_000_000, sinceVacuumMs: 15_000 }, 'vacuum'],
    ['its indexes made anew once they alone are large', { liveRows: 100, indexBytes: 3 * MIB }, 'reindex'],
    ['no such thing while the heap is large too', { heapBytes: 5 * MIB, indexBytes: 3 * MIB }, null],
    ['nor while there are many rows', { liveRows: 10_001, indexBytes: 3 * MIB }, null],
    ['nor for a small index', { liveRows: 100, indexBytes: 2 * MIB }, null],
  ] as const)('is %s', (_what, figures, upkeep) => {
    expect(upkeepOf({ ...table, ...figures })).toBe(upkeep);
  });
});
