import { setImmediate as nextTurn } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { NoTurn } from '../database/no-turn.ts';
import { ProblemError } from '../problem/problem-error.ts';
import { answerBatch, type Created } from './answer-batch.ts';

const request = { id: 'r-1', raw: { url: '/tasks/batch?x' } } as unknown as FastifyRequest;

const asCreated = (created: Created<unknown>) => created;
const failing = (error: Error) => ({ read: () => null, create: () => Promise.reject(error), answer: asCreated });

describe('answerBatch', () => {
  beforeAll(() => Logger.overrideLogger(false));

  it('answers each item in its place, however long it took, and whatever became of the others', async () => {
    const gate = Promise.withResolvers<void>();
    const answer = await answerBatch(
      [0, 1, 2, 3, 4],
      {
        read: (item) => {
          if (item === 4) throw new ProblemError('BODY_TOO_LARGE', 'Large.');
          return item;
        },
        create: async (item) => {
          if (item === 0) await gate.promise;
          if (item === 1) throw new ProblemError('TASK_EXPIRED', 'Gone.', { taskId: 'x' });
          if (item === 3) gate.resolve();
          return { status: item === 2 ? 200 : 201, task: `task ${item}` };
        },
        answer: asCreated,
      },
      request,
    );
    expect(answer.items).toEqual([
      { index: 0, status: 201, task: 'task 0', problem: null },
      { index: 1, status: 410, task: null, problem: expect.objectContaining({ code: 'TASK_EXPIRED', taskId: 'x' }) },
      { index: 2, status: 200, task: 'task 2', problem: null },
      { index: 3, status: 201, task: 'task 3', problem: null },
      { index: 4, status: 413, task: null, problem: expect.objectContaining({ code: 'BODY_TOO_LARGE' }) },
    ]);
    expect(answer.items[1]?.problem).toMatchObject({ instance: '/tasks/batch', requestId: 'r-1', status: 410 });
  });

  it('answers by what was created where nothing is left to be done, and gives its turn back', async () => {
    const steps = {
      read: (item: string) => {
        if (item === 'refused') throw new ProblemError('BODY_TOO_LARGE', 'Large.');
        return item;
      },
      create: (item: string): Promise<Created<string>> => {
        if (item === 'thrown') throw new ProblemError('TASK_EXPIRED', 'Gone.');
        if (item === 'rejected') return Promise.reject(new ProblemError('TASK_EXPIRED', 'Gone.'));
        return Promise.resolve({ status: 201, task: item });
      },
    };
    const items = ['refused', 'thrown', 'rejected', 'good'];
    const { items: answers } = await answerBatch(items, steps, request);
    expect(answers.map(({ status, task }) => [status, task])).toEqual([
      ...[413, 410, 410].map((status) => [status, null]),
      [201, 'good'],
    ]);
    // As many as may be in creation at once, five times over: what kept its turn would leave no room for them.
    const full = Array(1_000).fill('thrown');
    for (let batch = 0; batch < 20; batch++) await answerBatch(full, steps, request);
  });

  it('says within the problem when to try again, which no header can say of one item', async () => {
    const away = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    const { items } = await answerBatch([1], failing(away), request);
    expect(items[0]?.problem).toMatchObject({ status: 503, code: 'DATABASE_UNAVAILABLE', retryAfterS: 1 });
  });

  it('lets others have their turn while it reads items that take long, and then creates all as one', async () => {
    let isOver = false;
    let turns = 0;
    const others = (async () => {
      for (; !isOver; turns++) await nextTurn();
    })();
    const createdAt: number[] = [];
    await answerBatch(
      [0, 1, 2, 3, 4, 5],
      {
        read: () => {
          const end = performance.now() + 25;
          while (performance.now() < end);
        },
        create: async () => {
          createdAt.push(turns);
          return { status: 201, task: null };
        },
        answer: asCreated,
      },
      request,
    );
    isOver = true;
    await others;
    expect(createdAt).toHaveLength(6);
    expect(new Set(createdAt).size).toBe(1);
    expect(createdAt[0]).toBeGreaterThanOrEqual(4);
  });

  it('lets a batch begin once the items of those before it are created, not only once they are answered', async () => {
    const gate = Promise.withResolvers<void>();
    const slow = {
      read: () => null,
      create: async () => ({ status: 201, task: null }),
      answer: async (created: Created<null>) => {
        await gate.promise;
        return created;
      },
    };
    const items = Array(1_000).fill(null);
    const before = Array.from({ length: 4 }, () => answerBatch(items, slow, request));
    const after = await answerBatch(items, { ...slow, answer: asCreated }, request);
    expect(after.items).toHaveLength(1_000);
    gate.resolve();
    await Promise.all(before);
  });

  it('refuses a batch, and reads none of its items, while others are at work for too long', async () => {
    const gate = Promise.withResolvers<void>();
    const slow = { read: () => null, create: () => gate.promise, answer: () => ({ status: 201, task: null }) };
    const items = Array(1_000).fill(null);
    const before = Array.from({ length: 4 }, () => answerBatch(items, slow, request));
    const read = () => {
      throw new Error('This item was read.');
    };
    await expect(answerBatch(items, { ...slow, read }, request)).rejects.toBeInstanceOf(NoTurn);
    gate.resolve();
    await Promise.all(before);
  });

  it('says nothing about what nobody foresaw', async () => {
    const { items } = await answerBatch([1], failing(new Error('SELECT secret')), request);
    expect(items[0]).toMatchObject({ status: 500, problem: { code: 'INTERNAL' } });
    expect(JSON.stringify(items)).not.toMatch(/secret/);
  });
});
