import { jest } from '@jest/globals';
import type { DtpConfig } from '@taskpilot/platform';
import { DatabaseContact } from './database-contact.ts';

const LEASE_MS = 10_000;

describe('DatabaseContact', () => {
  let now: number;
  let contact: DatabaseContact;

  beforeEach(() => {
    now = 0;
    jest.spyOn(performance, 'now').mockImplementation(() => now);
    contact = new DatabaseContact({ leaseMs: LEASE_MS } as DtpConfig);
  });

  afterEach(() => {
    jest.restoreAllMocks();
  });

  const answerAt = (ms: number) => {
    now = ms;
    contact.answered();
  };

  it('has no break behind it at the start', () => {
    expect(contact.unbrokenMs()).toBe(Number.POSITIVE_INFINITY);
  });

  it('counts from the first answer after an error', () => {
    answerAt(1_000);
    contact.failed();
    answerAt(2_000);
    answerAt(5_000);
    expect(contact.unbrokenMs()).toBe(3_000);
  });

  it('is broken from an error to the next answer', () => {
    answerAt(1_000);
    contact.failed();
    now = 3_000;
    expect(contact.unbrokenMs()).toBe(0);
  });

  it('takes a long silence for a break: the database hung, or this process was stopped', () => {
    answerAt(1_000);
    now = 1_000 + LEASE_MS / 2;
    expect(contact.unbrokenMs()).toBe(Number.POSITIVE_INFINITY);
    now++;
    expect(contact.unbrokenMs()).toBe(0);
    answerAt(10_000);
    expect(contact.unbrokenMs()).toBe(0);
    answerAt(14_000);
    expect(contact.unbrokenMs()).toBe(4_000);
  });
});
