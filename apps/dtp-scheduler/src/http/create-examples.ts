/** Bodies to try from Swagger UI. All but http.request exist outside production only. */
export const CREATE_EXAMPLES = {
  echo: { summary: 'Succeed at once', value: { type: 'echo', payload: { hello: 'world' } } },
  'http.request': {
    summary: 'Call a webhook',
    value: { type: 'http.request', payload: { method: 'GET', url: 'http://127.0.0.1:3001/health/live' } },
  },
  sleep: { summary: 'Run for a minute, to be cancelled', value: { type: 'sleep', payload: { ms: 60_000 } } },
  flaky: {
    summary: 'Fail twice, then succeed',
    value: {
      type: 'flaky',
      payload: { failures: 2, result: { done: true } },
      retryPolicy: { maxAttempts: 5, strategy: 'fixed', initialDelayMs: 500, jitter: 'none' },
    },
  },
} as const;
