import { misspeltVariables, serviceLinks } from './misspelt-variables.ts';

const names = (...variables: string[]) => Object.fromEntries(variables.map((name) => [name, 'x']));

describe('misspeltVariables', () => {
  it('suggests what was meant', () => {
    expect(misspeltVariables(names('DTP_CONCURENCY'), ['DTP_'])).toEqual([
      'DTP_CONCURENCY is not a setting and is ignored; did you mean DTP_CONCURRENCY?',
    ]);
  });

  it('suggests nothing where nothing is near', () => {
    expect(misspeltVariables(names('DTP_SOMETHING_ELSE'), ['DTP_'])).toEqual([
      'DTP_SOMETHING_ELSE is not a setting and is ignored',
    ]);
  });

  it('knows the variables of either plane', () => {
    expect(misspeltVariables(names('DTP_URL', 'DTP_PORT'), ['DTP_'])).toEqual([]);
  });

  it('leaves alone what is not ours', () => {
    const foreign = names('PATH', 'DTP_SERVICE_HOST', 'DTP_PORT_3001_TCP_ADDR', 'DTP_SERVICE_PORT_HTTP');
    expect(misspeltVariables(foreign, ['DTP_'])).toEqual([]);
  });
});

it('serviceLinks finds the addresses that Kubernetes gives in place of a port, and nothing else', () => {
  const links = { DTP_PORT: 'tcp://10.0.0.7:3001', TASKPILOT_PORT: 'sctp://10.0.0.7:3000' };
  const own = { PATH: '/bin', DTP_URL: 'http://dtp:3001', OTHER_PORT: '80', EMPTY_PORT: '' };
  expect(serviceLinks({ ...own, ...links })).toEqual(Object.keys(links));
});
