import { DEFAULT_RETRY_POLICY, type WebTaskView } from '@taskpilot/contracts';

export const BOUND_EXAMPLE: WebTaskView = {
  id: '019aa0f5-7c1e-7b3a-9d0e-3f6a5c2b1d00',
  name: 'nightly report',
  type: 'http.request',
  payload: { method: 'POST', url: 'https://example.com/hooks/nightly', body: { report: 'sales' } },
  queue: 'default',
  priority: 0,
  runAt: null,
  retryPolicy: DEFAULT_RETRY_POLICY,
  timeoutMs: 60_000,
  deadlineAt: null,
  labels: { team: 'billing' },
  status: 'BOUND',
  schedulerTaskId: '019aa0f5-7e20-7c44-8a11-0b9d4e7f6a55',
  bindError: null,
  createdAt: '2026-11-20T09:30:00.000Z',
  updatedAt: '2026-11-20T09:30:01.200Z',
};

export const BINDING_EXAMPLE: WebTaskView = { ...BOUND_EXAMPLE, status: 'BINDING', schedulerTaskId: null };
