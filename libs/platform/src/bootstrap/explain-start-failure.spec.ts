import { ConfigError } from '../config/index.ts';
import { explainStartFailure } from './explain-start-failure.ts';
import { StartError } from './start-error.ts';

const failure = (message: string, members: object) => Object.assign(new Error(message), members);

describe('explainStartFailure', () => {
  it.each<[Error, RegExp]>([
    [new ConfigError(['DTP_PORT is "x": expected a port.']), /^DTP_PORT is "x"/],
    [new StartError('fsync is off'), /^fsync is off$/],
    [
      new AggregateError([failure('connect ECONNREFUSED ::1:5432', { code: 'ECONNREFUSED' })], ''),
      /^The database cannot be reached: connect ECONNREFUSED ::1:5432\.$/,
    ],
    [
      failure('database "dtp" does not exist', { code: '3D000' }),
      /^The database refuses the connection: database "dtp" does not exist\.$/,
    ],
  ])('says what the operator has to know: %s', (error, sentence) => {
    expect(explainStartFailure(error)).toMatch(sentence);
  });

  it('leaves faults of ours to their stack', () => {
    expect(explainStartFailure(new TypeError('x is not a function'))).toBeNull();
    expect(explainStartFailure('x')).toBeNull();
  });
});
