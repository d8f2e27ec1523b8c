import { DtpConfig, loadDtpConfig, loadLauncherConfig, loadTaskPilotConfig } from './config.ts';

const DTP_DB_URL = 'postgres://dtp:secret@localhost/dtp';
const WEBDB_URL = 'postgres://web:secret@localhost/webdb';

const refusalOf = (load: () => unknown): string => {
  try {
    load();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('was accepted');
};

describe('loadDtpConfig', () => {
  it('takes the defaults', () => {
    const config = loadDtpConfig({ DTP_DB_URL });
    expect(config).toMatchObject({ port: 3001, role: 'all', leaseMs: 30_000, httpTaskAllow: [] });
    expect(config.databaseDirectUrl).toBe(DTP_DB_URL);
  });

  it('is a token that can be injected, and frozen', () => {
    const config = loadDtpConfig({ DTP_DB_URL });
    expect(config).toBeInstanceOf(DtpConfig);
    expect(Object.isFrozen(config)).toBe(true);
  });

  it('takes an empty variable for an unset one', () => {
    expect(loadDtpConfig({ DTP_DB_URL, DTP_PORT: '', DTP_DB_DIRECT_URL: '' })).toMatchObject({
      port: 3001,
      databaseDirectUrl: DTP_DB_URL,
    });
  });

  it.each(['1e3', '12abc', ' 5', '0x10', '007', '-1', '1.5', '0', '65536', '9'.repeat(30)])(
    'refuses the port %j and names variable, value and what is expected',
    (text) => {
      const refusal = refusalOf(() => loadDtpConfig({ DTP_DB_URL, DTP_PORT: text }));
      expect(refusal).toBe(`DTP_PORT is ${JSON.stringify(text)}: expected an integer from 1 to 65535.`);
    },
  );

  it.each([
    ['DTP_LEASE_MS', '999'],
    ['DTP_CONCURRENCY', '10001'],
    ['DTP_CANCEL_GRACE_MS', String(2 ** 31)],
    ['DTP_ROLE', 'boss'],
    ['LOG_LEVEL', 'loud'],
    ['NODE_ENV', 'prod'],
    ['HOST', 'not a host'],
  ])('refuses %s=%s', (name, text) => {
    expect(refusalOf(() => loadDtpConfig({ DTP_DB_URL, [name]: text }))).toContain(
      `${name} is ${JSON.stringify(text)}`,
    );
  });

  it.each(['localhost/dtp', 'mysql://localhost/dtp', 'postgres://localhost', 'postgres://localhost/'])(
    'refuses the database URL %s',
    (url) => {
      expect(refusalOf(() => loadDtpConfig({ DTP_DB_URL: url }))).toContain('DTP_DB_URL is');
    },
  );

  it.each(['postgres//u:se@cr:et@host/db', 'mysql://u:secret@host/db', 'postgres://host?password=secret'])(
    'never shows the password of %s',
    (url) => {
      expect(refusalOf(() => loadDtpConfig({ DTP_DB_URL: url }))).not.toMatch(/secret|se@cr|cr:et/);
    },
  );

  it('lists every problem, not just the first', () => {
    const refusal = refusalOf(() => loadDtpConfig({ DTP_PORT: 'x', DTP_POLL_MS: 'y' }));
    expect(refusal).toContain('3 settings are wrong');
    expect(refusal).toContain('DTP_PORT is "x"');
    expect(refusal).toContain('DTP_POLL_MS is "y"');
    expect(refusal).toContain('DTP_DB_URL is not set');
  });

  it('reads the targets that http.request may call', () => {
    const HTTP_TASK_ALLOW = 'Hooks.internal:8080, 10.0.0.0/8,::1,[::1]:99,fd00::/8,';
    const { httpTaskAllow } = loadDtpConfig({ DTP_DB_URL, HTTP_TASK_ALLOW });
    expect(httpTaskAllow).toEqual(['hooks.internal:8080', '10.0.0.0/8', '::1', '[::1]:99', 'fd00::/8']);
  });

  it.each(['10.0.0.0/33', 'host:0', 'host:70000', 'http://host', 'a b', 'host/8', '[::1', '::/129', '1.2.3.4/5/6'])(
    'refuses the target %s',
    (target) => {
      expect(refusalOf(() => loadDtpConfig({ DTP_DB_URL, HTTP_TASK_ALLOW: `ok,${target}` }))).toContain(
        'HTTP_TASK_ALLOW',
      );
    },
  );
});

describe('loadTaskPilotConfig', () => {
  it('says in one sentence what to do without a database', () => {
    expect(refusalOf(() => loadTaskPilotConfig({}))).toBe(
      'WEBDB_URL is not set: expected postgres://user:password@host:5432/database. ' +
        'Set it, or use `npm start`, which brings a PostgreSQL of its own.',
    );
  });

  it('takes the slash off the address of DTP', () => {
    expect(loadTaskPilotConfig({ WEBDB_URL, DTP_URL: 'http://dtp:3001/' }).dtpUrl).toBe('http://dtp:3001');
  });
});

describe('loadLauncherConfig', () => {
  it('needs no database', () => {
    expect(loadLauncherConfig({})).toMatchObject({ taskPilotPort: 3000, dtpPort: 3001, webdbUrl: undefined });
  });

  it('finds the mistakes of either plane, each once', () => {
    const refusal = refusalOf(() => loadLauncherConfig({ RECONCILE_MS: 'x', DTP_LEASE_MS: 'y', HOST: 'a b' }));
    expect(refusal.split('\n')).toHaveLength(4);
  });
});
