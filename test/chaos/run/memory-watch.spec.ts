import { MemoryWatch } from './memory-watch.ts';

/** A process that lives for so many minutes, with so much memory at each. */
function watch(minutes: number, mbAt: (minute: number) => number): MemoryWatch {
  const memory = new MemoryWatch(() => []);
  memory.end();
  for (let at = 0; at <= minutes; at += 0.1) memory.note('worker-1', 7, 1_000 + at * 60_000, mbAt(at));
  return memory;
}

it('takes what settles for flat, however high it stood at its start', () => {
  const memory = watch(10, (minute) => (minute < 1 ? 300 : 200 + Math.round((minute % 1) * 20)));
  expect(memory.complaints).toEqual([]);
  expect(memory.notes).toEqual([expect.stringMatching(/^memory of worker-1 over 10\.0 min: 2\d\d MB at first/)]);
});

it('complains of what grows and grows', () => {
  expect(watch(10, (minute) => 150 + minute * 10).complaints).toEqual([expect.stringMatching(/^memory of worker-1/)]);
});

it('complains when nothing lived long enough to tell', () => {
  expect(watch(3, () => 200).complaints).toEqual([expect.stringMatching(/nothing is known/)]);
});
