import { describe, expect, it } from '@jest/globals';
import { DEFAULT_RETRY_POLICY } from '@taskpilot/contracts';
import { resolveTaskSpec } from './resolve-task-spec.ts';

describe('resolveTaskSpec', () => {
  it('fills in every default', () => {
    expect(resolveTaskSpec({ type: 'echo' })).toEqual({
      type: 'echo',
      payload: {},
      queue: 'default',
      priority: 0,
      runAt: null,
      retryPolicy: DEFAULT_RETRY_POLICY,
      timeoutMs: 60_000,
      deadlineAt: null,
    });
  });

  it('keeps what is given, zeroes among it', () => {
    const spec = resolveTaskSpec({
      type: 'echo',
      payload: { a: null },
      priority: -100,
      runAt: '2026-11-20T10:00:00+01:00',
      retryPolicy: { initialDelayMs: 0, jitter: 'none' },
      deadlineAt: null,
    });
    expect(spec).toMatchObject({
      payload: { a: null },
      priority: -100,
      runAt: '2026-11-20T09:00:00.000Z',
      retryPolicy: { ...DEFAULT_RETRY_POLICY, initialDelayMs: 0, jitter: 'none' },
      deadlineAt: null,
    });
  });

  it('takes no more than a spec from a wider object', () => {
    const wider = { type: 'echo', name: 'mine', labels: {} };
    expect(resolveTaskSpec(wider)).not.toHaveProperty('name');
  });
});
