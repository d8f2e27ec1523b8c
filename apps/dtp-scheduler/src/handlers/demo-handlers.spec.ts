import 'reflect-metadata';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { EchoHandler } from './echo.handler.ts';
import { FlakyHandler, FlakyPayload } from './flaky.handler.ts';
import { taskOf } from './http-request/targets.testing.ts';
import { SleepHandler, SleepPayload } from './sleep.handler.ts';
import { TaskFailure } from './task-handler.ts';

const isValid = (type: new () => object, payload: object): boolean =>
  validateSync(plainToInstance(type, payload), { whitelist: true, forbidNonWhitelisted: true }).length === 0;

it('echo answers its payload', async () => {
  await expect(new EchoHandler().run(taskOf({ a: [1] }))).resolves.toEqual({ a: [1] });
});

describe('sleep', () => {
  it('says how long it slept', async () => {
    await expect(new SleepHandler().run(taskOf({ ms: 1 }))).resolves.toEqual({ sleptMs: 1 });
  });

  it('stops at once when its signal fires', async () => {
    const abort = new AbortController();
    const run = new SleepHandler().run(taskOf({ ms: 86_400_000 }, { signal: abort.signal }));
    abort.abort();
    await expect(run).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('does not wake at once from more than a timer can hold', async () => {
    const abort = new AbortController();
    const run = new SleepHandler().run(taskOf({ ms: 2 ** 31 }, { signal: abort.signal }));
    // A timer that overflows fires after 1 ms, and so before this one.
    setTimeout(() => abort.abort(), 20);
    await expect(run).rejects.toMatchObject({ name: 'AbortError' });
  });

  it.each([
    [{ ms: 0 }, true],
    [{ ms: 86_400_000 }, true],
    [{ ms: 86_400_001 }, false],
    [{ ms: -1 }, false],
    [{ ms: 1.5 }, false],
    [{ ms: '5' }, false],
    [{}, false],
    [{ ms: 1, s: 1 }, false],
  ])('takes %j: %s', (payload, valid) => expect(isValid(SleepPayload, payload)).toBe(valid));
});

describe('flaky', () => {
  const run = (payload: object, failedAttempts: number) => new FlakyHandler().run(taskOf(payload, { failedAttempts }));

  it('fails as often as asked, then answers', async () => {
    await expect(run({ failures: 2, result: [] }, 0)).rejects.toBeInstanceOf(TaskFailure);
    await expect(run({ failures: 2, result: [] }, 1)).rejects.toMatchObject({
      error: { code: 'HANDLER_ERROR', message: 'Failure 2 of 2, as asked' },
    });
    await expect(run({ failures: 2, result: [] }, 2)).resolves.toEqual([]);
    await expect(run({ failures: 0 }, 0)).resolves.toBeNull();
  });

  it.each([
    [{ failures: 3 }, true],
    [{ failures: 0, result: null }, true],
    [{ failures: -1 }, false],
    [{}, false],
  ])('takes %j: %s', (payload, valid) => expect(isValid(FlakyPayload, payload)).toBe(valid));
});
