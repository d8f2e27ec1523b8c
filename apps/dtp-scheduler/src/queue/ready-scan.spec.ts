import { ReadyScan } from './ready-scan.ts';
import type { ReadyPosition } from './statements/claim-tasks.ts';

const at = (rank: number, second: number, id = '0') => ({
  rank,
  readyAt: new Date(second * 1_000).toISOString(),
  id,
});

describe('where claims start in the order of ready tasks', () => {
  let now: number;
  let owed: number[];
  let scan: ReadyScan;
  const newScan = () =>
    new ReadyScan(
      () => now,
      (inMs) => void owed.push(inMs),
    );

  beforeEach(() => {
    now = 0;
    owed = [];
    scan = newScan();
  });

  const from = () => {
    const started = scan.start();
    scan.ended(started, null, 1);
    return started.from;
  };
  const ended = (start: ReadyPosition | null, last: ReadyPosition, tookMs = 1) =>
    scan.ended({ from: start, resets: 0, restarts: 0, lowest: null }, last, tookMs);

  test('goes on from where the last claim stopped', () => {
    expect(from()).toBeNull();
    ended(null, at(0, 5));
    expect(from()).toEqual(at(0, 5));
    ended(at(0, 5), at(0, 9));
    expect(from()).toEqual(at(0, 9));
  });

  test('starts over every two seconds', () => {
    ended(null, at(0, 5));
    now = 1_999;
    expect(from()).not.toBeNull();
    now = 2_000;
    expect(from()).toBeNull();
  });

  test('starts over less often when that takes long', () => {
    ended(null, at(0, 5), 300);
    ended(null, at(0, 5), 250);
    now = 4_999;
    expect(from()).not.toBeNull();
    now = 5_000;
    expect(from()).toBeNull();
  });

  test('takes no single slow claim for a slow scan: it may have waited for a lock, or a database that hung', () => {
    ended(null, at(0, 5), 1);
    now = 2_000;
    ended(null, at(0, 5), 1_600);
    now = 2_004;
    scan.reset();
    expect([from(), owed]).toEqual([at(0, 5), [1]]);
    now = 2_005;
    expect(from()).toBeNull();
  });

  test('never starts behind what has become ready here', () => {
    ended(null, at(0, 5));
    scan.lowerTo(at(0, 7));
    expect(from()).toEqual(at(0, 5));
    scan.lowerTo(at(-10, 7));
    expect(from()).toEqual(at(-10, 7));
  });

  test('starts over when something became ready elsewhere, and says when, if that is too soon', () => {
    for (let times = 0; times < 2; times++) ended(null, at(0, 5), 10);
    now = 49;
    scan.reset();
    expect([from(), owed]).toEqual([at(0, 5), [1]]);
    now = 50;
    scan.reset();
    expect([from(), owed]).toEqual([null, [1]]);
  });

  test('keeps slow scans from the start apart, however often something became ready elsewhere', () => {
    let slowMs = 0;
    for (; now < 60_000; now += 20) {
      scan.reset();
      const underWay = scan.start();
      if (underWay.from === null) {
        scan.reset();
        slowMs += 360;
        now += 360;
      }
      scan.ended(underWay, at(0, 5), underWay.from === null ? 360 : 1);
    }
    expect(slowMs / now).toBeGreaterThan(0.1);
    expect(slowMs / now).toBeLessThan(0.2);
  });

  test('looks from the start again after 10 s, however long the database hung', () => {
    for (let times = 0; times < 2; times++) ended(null, at(0, 5), 35_000);
    now = 9_999;
    expect(from()).not.toBeNull();
    now = 10_000;
    expect(from()).toBeNull();
  });

  test('a scan under way does not pass over what has become ready behind it', () => {
    ended(null, at(0, 5));
    const underWay = scan.start();
    scan.lowerTo(at(-10, 6));
    scan.ended(underWay, at(0, 9), 1);
    expect(from()).toEqual(at(-10, 6));
  });

  test('a scan under way when something became ready elsewhere is not the last from the start', () => {
    ended(null, at(0, 5));
    now = 2_000;
    const underWay = scan.start();
    scan.reset();
    scan.ended(underWay, at(0, 9), 10);
    expect(owed).toEqual([5]);
    now = 2_005;
    expect(from()).toBeNull();
  });

  test('what becomes ready behind nothing does not hold the position back', () => {
    ended(null, at(0, 5));
    const underWay = scan.start();
    scan.lowerTo(at(0, 20));
    scan.ended(underWay, at(0, 9), 1);
    expect(from()).toEqual(at(0, 9));
  });

  test('of two scans under way, neither passes over what has become ready behind it', () => {
    ended(null, at(0, 5));
    const first = scan.start();
    const second = scan.start();
    scan.lowerTo(at(-10, 6));
    scan.ended(first, at(0, 9), 1);
    scan.ended(second, at(0, 12), 1);
    expect(from()).toEqual(at(-10, 6));
  });

  test('of two scans at the same time one is from the start', () => {
    ended(null, at(0, 5));
    now = 2_000;
    expect([scan.start().from, scan.start().from]).toEqual([null, at(0, 5)]);
  });

  test.each([5, 2_000])(
    'starts over after a claim that failed, whichever of the two ended first (at %i ms)',
    (later) => {
      for (const order of ['failed first', 'failed last']) {
        scan = newScan();
        ended(null, at(0, 5));
        now += later;
        const first = scan.start();
        const second = scan.start();
        if (order === 'failed first') scan.failed(first);
        scan.ended(second, at(0, 12), 1);
        if (order === 'failed last') scan.failed(first);
        expect([order, from()]).toEqual([order, null]);
      }
    },
  );

  test('a scan from the start does not count as one once something became ready elsewhere meanwhile', () => {
    const underWay = scan.start();
    scan.reset();
    scan.ended(underWay, at(0, 9), 1);
    now = 5;
    expect(from()).toBeNull();
  });

  test('a scan from the start beside a claim that failed is not enough: it passed over what that had locked', () => {
    const full = scan.start();
    const beside = scan.start();
    scan.failed(beside);
    scan.ended(full, at(0, 9), 500);
    expect(from()).toBeNull();
  });
});
