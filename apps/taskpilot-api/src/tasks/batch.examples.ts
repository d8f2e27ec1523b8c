import { type BatchAnswer, type CreateWebTasks, DEFAULT_RETRY_POLICY, type WebTaskView } from '@taskpilot/contracts';

const HELLO = { name: 'hello', type: 'echo', payload: { hello: 'world' } };
const BAD = { ...HELLO, priority: 1_000 };

/** Bodies to start from; Swagger UI offers them. */
export const BATCH_EXAMPLES: Record<string, { readonly summary: string; readonly value: CreateWebTasks }> = {
  bind: { summary: 'Create and bind two tasks', value: { items: [HELLO, HELLO], bind: true } },
  oneBad: { summary: 'A good item, and a bad one', value: { items: [HELLO, BAD] } },
};

/** What `oneBad` is answered with. */
export const BATCH_ANSWER_EXAMPLE: BatchAnswer<WebTaskView> = {
  items: [
    {
      index: 0,
      status: 201,
      task: {
        ...HELLO,
        id: '019aa0f5-7c1e-7b3a-9d0e-3f6a5c2b1d00',
        queue: 'default',
        priority: 0,
        runAt: null,
        retryPolicy: DEFAULT_RETRY_POLICY,
        timeoutMs: 60_000,
        deadlineAt: null,
        labels: {},
        status: 'PENDING',
        schedulerTaskId: null,
        bindError: null,
        createdAt: '2026-11-20T09:30:00.000Z',
        updatedAt: '2026-11-20T09:30:00.000Z',
      },
      problem: null,
    },
    {
      index: 1,
      status: 400,
      task: null,
      problem: {
        type: 'urn:taskpilot:problem:validation-failed',
        title: 'The request does not pass validation',
        status: 400,
        detail: '/priority must be an integer from -100 to 100.',
        instance: '/api/tasks/batch',
        code: 'VALIDATION_FAILED',
        requestId: 'nightly-42',
        errors: [{ pointer: '/priority', detail: 'must be an integer from -100 to 100' }],
      },
    },
  ],
};
