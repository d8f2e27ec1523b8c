import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { LIMITS } from '@taskpilot/contracts';
import { validateSync } from 'class-validator';
import { CreateWebTaskDto } from './create-web-task.dto.ts';
import { takeVerbatim } from './validators/taken-verbatim.ts';

const VALID = { name: 'nightly report', type: 'http.request' };

/** Validates as the servers do, and answers the paths of the fields at fault. */
function faultyFields(body: object): string[] {
  const dto = takeVerbatim(CreateWebTaskDto, body);
  return validateSync(dto, { whitelist: true, forbidNonWhitelisted: true }).flatMap((error) =>
    error.children?.length ? error.children.map((child) => `${error.property}.${child.property}`) : [error.property],
  );
}

describe('CreateWebTaskDto', () => {
  it.each([
    [{}],
    [{ payload: {}, labels: {}, retryPolicy: {}, runAt: null, deadlineAt: null }],
    [{ priority: -100, timeoutMs: 86_400_000, queue: 'a' }],
    [{ retryPolicy: { maxAttempts: 1, factor: 1.5, initialDelayMs: 0, maxDelayMs: 604_800_000, jitter: 'equal' } }],
    [{ name: '\u{1F600}'.repeat(LIMITS.nameLength) }],
    [{ labels: Object.fromEntries(Array.from({ length: 32 }, (_, index) => [`k${index}`, ''])) }],
  ])('takes %j', (fields) => {
    expect(faultyFields({ ...VALID, ...fields })).toEqual([]);
  });

  it.each([
    [{ name: undefined }, 'name'],
    [{ name: ' \t' }, 'name'],
    [{ name: 'x'.repeat(201) }, 'name'],
    [{ name: 7 }, 'name'],
    [{ type: '' }, 'type'],
    [{ type: '.hidden' }, 'type'],
    [{ type: `a${'b'.repeat(100)}` }, 'type'],
    [{ type: 'echo\n' }, 'type'],
    [{ payload: null }, 'payload'],
    [{ payload: [] }, 'payload'],
    [{ payload: 'x' }, 'payload'],
    [{ queue: null }, 'queue'],
    [{ priority: 101 }, 'priority'],
    [{ priority: 0.5 }, 'priority'],
    [{ priority: '1' }, 'priority'],
    [{ priority: null }, 'priority'],
    [{ timeoutMs: 0 }, 'timeoutMs'],
    [{ timeoutMs: 86_400_001 }, 'timeoutMs'],
    [{ timeoutMs: '1e9' }, 'timeoutMs'],
    [{ timeoutMs: Number.NaN }, 'timeoutMs'],
    [{ runAt: 'tomorrow' }, 'runAt'],
    [{ deadlineAt: 0 }, 'deadlineAt'],
    [{ retryPolicy: null }, 'retryPolicy'],
    [{ retryPolicy: [] }, 'retryPolicy'],
    [{ retryPolicy: 'fixed' }, 'retryPolicy'],
    [{ retryPolicy: { maxAttempts: 0 } }, 'retryPolicy.maxAttempts'],
    [{ retryPolicy: { maxAttempts: null } }, 'retryPolicy.maxAttempts'],
    [{ retryPolicy: { strategy: 'EXPONENTIAL' } }, 'retryPolicy.strategy'],
    [{ retryPolicy: { factor: 0.9 } }, 'retryPolicy.factor'],
    [{ retryPolicy: { maxDelayMs: 604_800_001 } }, 'retryPolicy.maxDelayMs'],
    [{ retryPolicy: { delay: 1 } }, 'retryPolicy.delay'],
    [{ labels: [] }, 'labels'],
    [{ labels: Object.fromEntries(Array.from({ length: 33 }, (_, index) => [`k${index}`, ''])) }, 'labels'],
    [{ prio: 1 }, 'prio'],
  ])('refuses %j', (fields, field) => {
    expect(faultyFields({ ...VALID, ...fields })).toEqual([field]);
  });

  it('hands the payload over untouched', () => {
    const payload = JSON.parse('{"toString":1,"then":{"valueOf":[{"hasOwnProperty":null}]},"z":1,"a":2}');
    const dto = takeVerbatim(CreateWebTaskDto, { ...VALID, payload, labels: payload });
    expect(dto.payload).toBe(payload);
    expect(dto.labels).toBe(payload);
  });
});
