import { join, resolve } from 'node:path';
import { jest } from '@jest/globals';
import { announce } from './announce.ts';

const AT = { taskPilot: 'http://127.0.0.1:3000', dtp: 'http://127.0.0.1:3001' };
const DATABASES = {
  WEBDB_URL: 'postgres://u:secret@127.0.0.1:5432/webdb',
  DTP_DB_URL: 'postgres://127.0.0.1:5432/dtp',
};

function announced(passwordFile: string | null): string {
  const log = jest.spyOn(console, 'log').mockImplementation(() => {});
  announce(AT, DATABASES, passwordFile);
  const words = log.mock.calls.flat().join('\n');
  log.mockRestore();
  return words;
}

describe('announce', () => {
  it('shows where the password is from here, or its absolute path when it lies elsewhere', () => {
    expect(announced(resolve('.data/postgres/password'))).toMatch(/password {4}\.data\/postgres\/password$/m);
    const elsewhere = join(resolve('..'), 'elsewhere/postgres/password');
    expect(announced(elsewhere)).toContain(`password    ${elsewhere}\n`);
  });

  it('shows no password', () => {
    expect(announced(null)).not.toMatch(/secret|password/);
  });
});
