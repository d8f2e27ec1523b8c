import { type Logger, pino } from 'pino';
import { runInRequestContext } from '../context/request-context.ts';
import { pinoOptions } from './pino-options.ts';

function logged(write: (logger: Logger) => void): Record<string, unknown> {
  let line = '';
  const sink = {
    write: (text: string) => {
      line = text;
    },
  };
  write(pino(pinoOptions({ name: 'plane', logLevel: 'info', nodeEnv: 'production' }), sink));
  return JSON.parse(line);
}

describe('pinoOptions', () => {
  it('puts the request id into each line within a request', () => {
    const line = logged((logger) => {
      runInRequestContext({ requestId: 'r-1', traceparent: null }, () => logger.info({ taskId: 't-1' }, 'claimed'));
    });
    expect(line).toMatchObject({ level: 'info', service: 'plane', requestId: 'r-1', taskId: 't-1', msg: 'claimed' });
  });

  it('writes no request id outside of one', () => {
    expect(logged((logger) => logger.warn('idle'))).not.toHaveProperty('requestId');
  });

  it('hides secret headers, and what errors carry along', () => {
    const headers = { authorization: 'Bearer x', cookie: 'x', accept: '*/*' };
    expect(logged((logger) => logger.info({ headers })).headers).toEqual({
      authorization: '[Redacted]',
      cookie: '[Redacted]',
      accept: '*/*',
    });
    const err = Object.assign(new Error('boom'), { code: 'E1', config: { headers }, parameters: ['secret'] });
    const line = logged((logger) => logger.error({ err }));
    expect(line.err).toEqual({ type: 'Error', message: 'boom', code: 'E1', stack: expect.any(String) });
  });
});
