import { NonRetryableFailure } from '../task-handler.ts';
import { INTERNAL_HOSTS } from './internal-hosts.testing.ts';
import { createHandler, ScriptedResolver, startTarget, stopTargets, type Target, taskOf } from './targets.testing.ts';

const forbidden = { error: { code: 'TARGET_FORBIDDEN' } };

/** Listens where every forbidden request would arrive. */
let canary: Target;
beforeEach(async () => {
  canary = await startTarget((_, response) => response.end('caught'));
});
afterEach(stopTargets);

it.each(INTERNAL_HOSTS)('refuses http://%s', async (host) => {
  // Were the name rule or the literal rule missing, the resolver would lead to the canary.
  const resolver = new ScriptedResolver([['127.0.0.1']]);
  const run = createHandler({ allow: [], resolver }).run(taskOf({ url: `http://${host}:${canary.port}/` }));
  await expect(run).rejects.toBeInstanceOf(NonRetryableFailure);
  await expect(run).rejects.toMatchObject(forbidden);
  expect(resolver.asked).toEqual([]);
  expect(canary.hits).toEqual([]);
});

it('knows at least forty ways in', () => expect(INTERNAL_HOSTS.length).toBeGreaterThanOrEqual(40));

it('says what was refused and how to open it', async () => {
  const run = createHandler({ allow: [] }).run(taskOf({ url: 'https://[::1]/' }));
  await expect(run).rejects.toMatchObject({
    error: {
      message: '::1 is internal, where tasks may not go. To open it, add [::1]:443 to HTTP_TASK_ALLOW of DTP',
      host: '::1',
    },
  });
});

it.each([
  [['127.0.0.1']],
  [['93.184.216.34', '127.0.0.1']],
  [['2606:2800:220:1::1', '::ffff:10.0.0.1']],
  [['fe80::1%eth0']],
  [['not an address']],
])('refuses a name that resolves to %j', async (addresses) => {
  const resolver = new ScriptedResolver([addresses]);
  const run = createHandler({ allow: [], resolver }).run(taskOf({ url: `http://evil.example:${canary.port}/` }));
  await expect(run).rejects.toMatchObject(forbidden);
  expect(canary.hits).toEqual([]);
});

it('connects to the address that it checked, whatever the resolver says next', async () => {
  const vetted = await startTarget((_, response) => response.end('vetted'));
  const resolver = new ScriptedResolver([['127.0.0.1'], ['10.255.255.255']]);
  const handler = createHandler({ allow: [`127.0.0.1:${vetted.port}`], resolver });
  const answer = await handler.run(taskOf({ url: `http://rebind.example:${vetted.port}/` }));
  expect(answer.body).toBe('vetted');
  expect(resolver.asked).toEqual(['rebind.example']);
  expect(vetted.hits[0]?.headers.host).toBe(`rebind.example:${vetted.port}`);
});

it('tries every address that it checked', async () => {
  const target = await startTarget((_, response) => response.end());
  const resolver = new ScriptedResolver([['::1', '127.0.0.1']]);
  const handler = createHandler({ allow: ['::1', '127.0.0.1'], resolver });
  await expect(handler.run(taskOf({ url: `http://a.example:${target.port}/` }))).resolves.toMatchObject({
    status: 200,
  });
});

it.each([
  'http://127.0.0.1:CANARY/',
  'http://[::ffff:7f00:1]:CANARY/',
  'http://localhost:CANARY/',
  '//2130706433:CANARY/',
])('refuses a redirect to %s', async (location) => {
  const inward = location.replace('CANARY', String(canary.port));
  const door = await startTarget((_, response) => response.writeHead(307, { location: inward }).end());
  const run = createHandler({ allow: [`127.0.0.1:${door.port}`] }).run(taskOf({ url: door.origin }));
  await expect(run).rejects.toMatchObject(forbidden);
  expect(door.hits).toHaveLength(1);
  expect(canary.hits).toEqual([]);
});

it('checks a host again at every hop', async () => {
  const door = await startTarget((_, response) => response.writeHead(302, { location: '/again' }).end());
  const resolver = new ScriptedResolver([['127.0.0.1'], ['10.0.0.1']]);
  const handler = createHandler({ allow: [`127.0.0.1:${door.port}`], resolver });
  await expect(handler.run(taskOf({ url: `http://rebind.example:${door.port}/` }))).rejects.toMatchObject(forbidden);
  expect(door.hits).toHaveLength(1);
});

it('is open in development', async () => {
  const handler = createHandler({ nodeEnv: 'development', allow: [], resolver: new ScriptedResolver([['127.0.0.1']]) });
  await handler.run(taskOf({ url: canary.origin }));
  await handler.run(taskOf({ url: `http://localhost:${canary.port}/` }));
  expect(canary.hits).toHaveLength(2);
});

it.each([
  [{ allow: [], resolver: new ScriptedResolver([[]]) }, 'ENOTFOUND'],
  [
    { resolver: { resolve: () => Promise.reject(Object.assign(new Error('getaddrinfo'), { code: 'EAI_AGAIN' })) } },
    'EAI_AGAIN',
  ],
])('leaves a name that does not resolve to the retry policy (%#)', async (rig, cause) => {
  const run = createHandler(rig).run(taskOf({ url: 'http://gone.example/' }));
  await expect(run).rejects.not.toBeInstanceOf(NonRetryableFailure);
  await expect(run).rejects.toMatchObject({ error: { code: 'CONNECTION_FAILED', cause } });
});
