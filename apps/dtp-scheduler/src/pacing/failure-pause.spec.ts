import { failurePauseMs } from './failure-pause.ts';

it.each([
  [1, 50, 100],
  [2, 100, 200],
  [20, 2_500, 5_000],
])('the pause after failure %d lies between %d and %d ms', (failures, least, most) => {
  expect(failurePauseMs(failures, () => 0)).toBe(least);
  expect(failurePauseMs(failures, () => 1)).toBe(most);
});
