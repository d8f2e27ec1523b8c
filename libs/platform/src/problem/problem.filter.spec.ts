import { createSampleApp } from '../testing/sample-app.ts';
import { ProblemError } from './problem-error.ts';

const ID = '0197c3f2-6a5b-7cc1-9f6e-3f2b8a4d5e6f';

async function answerTo(thrown: unknown) {
  const app = await createSampleApp({
    find: () => {
      throw thrown;
    },
  });
  try {
    return await app.inject({ url: `/things/${ID}`, headers: { 'x-request-id': 'r-1' } });
  } finally {
    await app.close();
  }
}

describe('ProblemFilter', () => {
  it('answers a ProblemError in full', async () => {
    const answer = await answerTo(new ProblemError('TASK_NOT_CANCELLABLE', 'It has ended.', { state: 'SUCCEEDED' }));
    expect(answer.statusCode).toBe(409);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(answer.headers['retry-after']).toBeUndefined();
    expect(answer.json()).toEqual({
      type: 'urn:taskpilot:problem:task-not-cancellable',
      title: 'The task can no longer be cancelled',
      status: 409,
      detail: 'It has ended.',
      instance: `/things/${ID}`,
      code: 'TASK_NOT_CANCELLABLE',
      requestId: 'r-1',
      state: 'SUCCEEDED',
    });
  });

  it('sends Retry-After as a header alone', async () => {
    const answer = await answerTo(new ProblemError('DTP_UNAVAILABLE', 'Away.', { retryAfterS: 2 }));
    expect(answer.headers['retry-after']).toBe('2');
    expect(answer.json()).not.toHaveProperty('retryAfterS');
  });

  it('tells that the database is away', async () => {
    const answer = await answerTo(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }));
    expect(answer.statusCode).toBe(503);
    expect(answer.headers['retry-after']).toBe('1');
    expect(answer.json().code).toBe('DATABASE_UNAVAILABLE');
  });

  it.each([
    ['an error', new Error('SELECT secret FROM task')],
    ['a string', 'secret'],
    ['undefined', undefined],
  ])('says nothing about %s that nobody foresaw', async (_, thrown) => {
    const answer = await answerTo(thrown);
    expect(answer.statusCode).toBe(500);
    expect(answer.json().code).toBe('INTERNAL');
    expect(answer.body).not.toMatch(/secret|SELECT|\.ts/);
  });
});
