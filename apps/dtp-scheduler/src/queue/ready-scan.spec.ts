import { ReadyScan } from './ready-scan.ts';

const at = (rank: number, second: number, id = '0') => ({
  rank,
  readyAt: new Date(second * 1_000).toISOString(),
  id,
});

describe('where claims start in the order of ready tasks', () => {
  let now: number;
  let scan: ReadyScan;

  beforeEach(() => {
    now = 0;
    scan = new ReadyScan(() => now);
  });

  test('goes on from where the last claim stopped', () => {
    expect(scan.start()).toBeNull();
    scan.ended(null, at(0, 5), 1);
    expect(scan.start()).toEqual(at(0, 5));
    scan.ended(at(0, 5), at(0, 9), 1);
    expect(scan.start()).toEqual(at(0, 9));
  });

  test('starts over every two seconds', () => {
    scan.ended(null, at(0, 5), 1);
    now = 1_999;
    expect(scan.start()).not.toBeNull();
    now = 2_000;
    expect(scan.start()).toBeNull();
  });

  test('starts over less often when that takes long', () => {
    scan.ended(null, at(0, 5), 500);
    now = 9_999;
    expect(scan.start()).not.toBeNull();
    now = 10_000;
    expect(scan.start()).toBeNull();
  });

  test('never starts behind what has become ready here', () => {
    scan.ended(null, at(0, 5), 1);
    scan.lowerTo(at(0, 7));
    expect(scan.start()).toEqual(at(0, 5));
    scan.lowerTo(at(-10, 7));
    expect(scan.start()).toEqual(at(-10, 7));
  });

  test('starts over when something became ready elsewhere', () => {
    scan.ended(null, at(0, 5), 1);
    scan.reset();
    expect(scan.start()).toBeNull();
  });

  test('a scan under way does not pass over what has become ready behind it', () => {
    scan.ended(null, at(0, 5), 1);
    const from = scan.start();
    scan.lowerTo(at(-10, 6));
    scan.ended(from, at(0, 9), 1);
    expect(scan.start()).toEqual(at(-10, 6));
  });

  test('a scan under way when something became ready elsewhere is not the last from the start', () => {
    scan.ended(null, at(0, 5), 1);
    const from = scan.start();
    scan.reset();
    scan.ended(from, at(0, 9), 1);
    expect(scan.start()).toBeNull();
  });

  test('what becomes ready behind nothing does not hold the position back', () => {
    scan.ended(null, at(0, 5), 1);
    const from = scan.start();
    scan.lowerTo(at(0, 20));
    scan.ended(from, at(0, 9), 1);
    expect(scan.start()).toEqual(at(0, 9));
  });
});
