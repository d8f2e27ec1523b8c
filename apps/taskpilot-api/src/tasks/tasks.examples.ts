import type { CreateWebTask } from '@taskpilot/contracts';

interface Example {
  readonly summary: string;
  readonly value: CreateWebTask;
}

/** Bodies to start from; Swagger UI offers them. */
export const CREATE_EXAMPLES: Record<string, Example> = {
  echo: {
    summary: 'Succeed at once with the payload (not in production)',
    value: { name: 'hello', type: 'echo', payload: { hello: 'world' } },
  },
  webhook: {
    summary: 'Call a webhook, with a retry policy',
    value: {
      name: 'nightly report',
      type: 'http.request',
      payload: { method: 'POST', url: 'https://example.com/hooks/nightly', body: { report: 'sales' } },
      retryPolicy: { maxAttempts: 5, strategy: 'exponential', initialDelayMs: 1_000, factor: 2 },
      labels: { team: 'billing' },
    },
  },
  sleep: {
    summary: 'Run for a minute, long enough to be cancelled (not in production)',
    value: { name: 'a nap', type: 'sleep', payload: { ms: 60_000 } },
  },
  flaky: {
    summary: 'Fail twice, then succeed (not in production)',
    value: {
      name: 'third time lucky',
      type: 'flaky',
      payload: { failures: 2, result: 'done' },
      retryPolicy: { strategy: 'fixed', initialDelayMs: 500, jitter: 'none' },
    },
  },
};
