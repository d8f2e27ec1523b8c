import { Injectable } from '@nestjs/common';
import { createSampleApp } from '../testing/sample-app.ts';
import { Readiness } from './readiness.ts';
import { ReadinessCheck } from './readiness-check.ts';

@Injectable()
class GoodCheck extends ReadinessCheck {
  readonly name = 'good';
  async check(): Promise<void> {}
}

@Injectable()
class BadCheck extends ReadinessCheck {
  readonly name = 'bad';
  async check(): Promise<void> {
    throw new Error('out of order');
  }
}

describe('HealthModule', () => {
  it('is ready while all checks hold, and until it drains', async () => {
    const app = await createSampleApp({ checks: [GoodCheck], prefix: 'api' });
    const ready = await app.inject('/health/ready');
    expect(ready.statusCode).toBe(200);
    expect(ready.json()).toMatchObject({ status: 'ok', details: { good: { status: 'up' } } });

    app.get(Readiness, { strict: false }).drain();
    const draining = await app.inject('/health/ready');
    expect(draining.statusCode).toBe(503);
    expect(draining.json().error).toHaveProperty('draining');
    expect((await app.inject('/health/live')).statusCode).toBe(200);
    await app.close();
  });

  it('says which check fails', async () => {
    const app = await createSampleApp({ checks: [GoodCheck, BadCheck] });
    const answer = await app.inject('/health/ready');
    expect(answer.statusCode).toBe(503);
    expect(answer.json().error).toEqual({ bad: expect.objectContaining({ status: 'down', message: 'out of order' }) });
    expect((await app.inject('/health/live')).json()).toEqual({ status: 'ok' });
    await app.close();
  });
});
