import { QueryFailedError } from 'typeorm';
import { isContactLost, isDatabaseUnavailable } from './is-database-unavailable.ts';

const coded = (code: string, message = 'x') => Object.assign(new Error(message), { code });

describe('isDatabaseUnavailable', () => {
  it.each([
    'ECONNREFUSED',
    'ECONNRESET',
    'ETIMEDOUT',
    'ENOTFOUND',
    '08006',
    '53300',
    '53100',
    '57P01',
    '57P03',
    '57014',
    '55P03',
    '25006',
    '40P01',
  ])('recognises %s, by itself and inside of TypeORM’s error', (code) => {
    expect(isDatabaseUnavailable(coded(code))).toBe(true);
    expect(isDatabaseUnavailable(new QueryFailedError('SELECT 1', [], coded(code)))).toBe(true);
  });

  it.each([
    'Connection terminated unexpectedly',
    'Connection terminated due to connection timeout',
    'timeout exceeded when trying to connect',
    'Query read timeout',
    'Client has encountered a connection error and is not queryable',
    'Cannot use a pool after calling end on the pool',
  ])('recognises "%s"', (message) => {
    expect(isDatabaseUnavailable(new Error(message))).toBe(true);
  });

  it('looks into the failures of several addresses', () => {
    expect(isDatabaseUnavailable(new AggregateError([coded('ECONNREFUSED')], ''))).toBe(true);
  });

  it.each([
    ['a unique violation', coded('23505')],
    ['bad SQL', coded('42601')],
    ['text that PostgreSQL cannot hold', coded('22021')],
    ['an error of ours', new Error('boom')],
    ['another plane that is away', Object.assign(coded('ECONNREFUSED'), { isAxiosError: true })],
    ['no error', 'ECONNREFUSED'],
    ['nothing', undefined],
  ])('leaves %s alone', (_, error) => {
    expect(isDatabaseUnavailable(error)).toBe(false);
  });
});

describe('isContactLost', () => {
  it.each([
    coded('ECONNREFUSED'),
    coded('08006'),
    coded('57P01'),
    coded('57P03'),
    coded('25006'),
    new Error('Connection terminated unexpectedly'),
    new Error('Query read timeout'),
    new AggregateError([coded('ECONNREFUSED')], ''),
    new QueryFailedError('SELECT 1', [], coded('ECONNRESET')),
  ])('recognises %s', (error) => {
    expect(isContactLost(error)).toBe(true);
  });

  it.each(['57014', '55P03', '40P01', '42P01', '53100', '53300', '23505'])(
    'takes %s for an answer of the database, by itself and inside of TypeORM’s error',
    (code) => {
      expect(isContactLost(coded(code))).toBe(false);
      expect(isContactLost(new QueryFailedError('SELECT 1', [], coded(code)))).toBe(false);
    },
  );

  it('does not take a pool whose connections are all in use for a database that is away', () => {
    expect(isContactLost(new Error('timeout exceeded when trying to connect'))).toBe(false);
  });
});
