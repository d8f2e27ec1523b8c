import { describe, expect, it } from '@jest/globals';
import type { ExecutionContext } from '@nestjs/common';
import { HEADERS } from '@taskpilot/contracts';
import type { InstanceId } from '../database/instance-id.ts';
import { InstanceGuard } from './instance.guard.ts';

const ID = '019aa0f5-7c1e-7b3a-9d0e-3f6a5c2b1d00';

function ask(instance: Partial<InstanceId>, url: string, expected?: string) {
  const answered: Record<string, string> = {};
  const http = {
    getRequest: () => ({ url, headers: expected === undefined ? {} : { [HEADERS.dtpInstance]: expected } }),
    getResponse: () => ({ header: (name: string, value: string) => Object.assign(answered, { [name]: value }) }),
  };
  const context = { switchToHttp: () => http } as unknown as ExecutionContext;
  return { answered, allowed: new InstanceGuard(instance as InstanceId).canActivate(context) };
}

const known: Partial<InstanceId> = { known: ID, get: async () => ID };
const unknown: Partial<InstanceId> = { known: null, get: () => Promise.reject(new Error('connect ECONNREFUSED')) };

describe('InstanceGuard', () => {
  it('tells who answers, and refuses who expects another', async () => {
    const { answered, allowed } = ask(known, '/tasks', ID);
    expect([await allowed, answered]).toEqual([true, { [HEADERS.dtpInstance]: ID }]);
    await expect(ask(known, '/tasks', 'another').allowed).rejects.toMatchObject({ code: 'WRONG_INSTANCE' });
  });

  it.each(['/health/live', '/health/ready', '/metrics', '/metrics?name=up'])(
    'lets %s be answered while the database is away, whoever is expected',
    async (url) => {
      expect(await ask(unknown, url, ID).allowed).toBe(true);
      expect(await ask(known, url, 'another').allowed).toBe(true);
    },
  );

  it.each(['/tasks', '/metricsx'])('needs the database for %s', async (url) => {
    await expect(ask(unknown, url).allowed).rejects.toThrow('ECONNREFUSED');
  });
});
