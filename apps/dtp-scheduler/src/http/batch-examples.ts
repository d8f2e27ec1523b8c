import { type BatchAnswer, DEFAULT_RETRY_POLICY, PROBLEMS, type SchedulerTaskView } from '@taskpilot/contracts';

const GOOD = { type: 'echo', payload: { hello: 'world' }, idempotencyKey: 'greeting-1' };

/** A batch to try from Swagger UI: the first task is good, the second is refused. */
export const BATCH_EXAMPLES = {
  mixed: {
    summary: 'A good task and one that is refused',
    value: { items: [GOOD, { type: 'echo', priority: 101 }] },
  },
} as const;

const ENQUEUED_AT = '2026-11-20T09:30:00.000Z';

/** What that batch is answered. */
export const BATCH_ANSWER_EXAMPLE: BatchAnswer<SchedulerTaskView> = {
  items: [
    {
      index: 0,
      status: 201,
      task: {
        ...GOOD,
        id: '019aa0f5-7e20-7c44-8a11-0b9d4e7f6a55',
        queue: 'default',
        priority: 0,
        state: 'QUEUED',
        stateSeq: 1,
        attempt: 0,
        failedAttempts: 0,
        lostAttempts: 0,
        maxAttempts: DEFAULT_RETRY_POLICY.maxAttempts,
        retryPolicy: DEFAULT_RETRY_POLICY,
        timeoutMs: 60_000,
        deadlineAt: null,
        runAt: ENQUEUED_AT,
        startedAt: null,
        finishedAt: null,
        cancelRequestedAt: null,
        workerId: null,
        result: null,
        error: null,
        createdAt: ENQUEUED_AT,
        updatedAt: ENQUEUED_AT,
      },
      problem: null,
    },
    {
      index: 1,
      status: PROBLEMS.VALIDATION_FAILED.status,
      task: null,
      problem: {
        type: 'urn:taskpilot:problem:validation-failed',
        ...PROBLEMS.VALIDATION_FAILED,
        detail: '/priority must be an integer from -100 to 100.',
        instance: '/tasks/batch',
        code: 'VALIDATION_FAILED',
        requestId: 'nightly-42',
        errors: [{ pointer: '/priority', detail: 'must be an integer from -100 to 100' }],
      },
    },
  ],
};
