import { isTerminal, SCHEDULER_TASK_STATES } from '@taskpilot/contracts';
import { TRANSITIONS } from './transitions.ts';

describe('the legal moves', () => {
  test('nothing leaves a terminal state', () => {
    expect(TRANSITIONS.filter(({ from }) => isTerminal(from))).toEqual([]);
  });

  test('every state is entered but QUEUED, where a task begins, and every other one is left', () => {
    for (const state of SCHEDULER_TASK_STATES) {
      expect(TRANSITIONS.some(({ to }) => to === state)).toBe(true);
      expect(TRANSITIONS.some(({ from }) => from === state)).toBe(!isTerminal(state));
    }
  });

  test('an accepted cancel ends CANCELLED and nothing else', () => {
    expect(new Set(TRANSITIONS.filter(({ from }) => from === 'CANCELLING').map(({ to }) => to))).toEqual(
      new Set(['CANCELLED']),
    );
  });

  test('a task that waits for its retry is claimed from there, and never goes back to QUEUED', () => {
    const next = TRANSITIONS.filter(({ from }) => from === 'RETRYING').map(({ to }) => to);
    expect(new Set(next)).toEqual(new Set(['RUNNING', 'CANCELLED', 'FAILED']));
  });
});
