import { NonRetryableFailure } from '../task-handler.ts';
import { createHandler, ScriptedResolver, startTarget, stopTargets, type Target, taskOf } from './targets.testing.ts';

const forbidden = { error: { code: 'TARGET_FORBIDDEN' } };

/** Listens where every forbidden request would arrive. */
let canary: Target;
beforeEach(async () => {
  canary = await startTarget((_, response) => response.end('caught'));
});
afterEach(stopTargets);

const HOSTS = [
  // 127.0.0.1 in every notation that the URL parser knows
  ...['127.0.0.1', '127.1', '127.0.1', '2130706433', '0x7f000001', '0x7f.0.0.1', '0x7f.1', '017700000001'],
  ...['0177.0.0.1', '0177.0.0.01', '127.0.0.1.', '%31%32%37.0.0.1', '①②⑦.⓪.⓪.①', '127。0。0。1', '127.255.255.254'],
  // unspecified, private, link-local and metadata, CGNAT, special purpose
  ...['0', '0.0.0.0', '0.1.2.3', '10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1'],
  ...['169.254.169.254', '0xa9fea9fe', '100.100.100.200', '168.63.129.16', '192.0.0.192'],
  ...['192.0.2.1', '198.18.0.1', '198.51.100.1', '203.0.113.1', '192.88.99.1'],
  ...['224.0.0.1', '239.255.255.255', '240.0.0.1', '255.255.255.255'],
  // IPv6
  ...['[::1]', '[0:0:0:0:0:0:0:1]', '[::]', '[fe80::1]', '[fec0::1]', '[fc00::1]', '[fd00:ec2::254]', '[ff02::1]'],
  ...['[2001:db8::1]', '[3fff::1]', '[100::1]', '[2001:2::1]', '[2001:20::1]', '[4000::1]'],
  // IPv4 inside IPv6: mapped, compatible, translated, NAT64, 6to4, Teredo
  ...['[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[::ffff:169.254.169.254]', '[::127.0.0.1]', '[::ffff:0:127.0.0.1]'],
  ...['[64:ff9b::127.0.0.1]', '[64:ff9b::808:808]', '[64:ff9b:1::7f00:1]', '[2002:7f00:1::]', '[2001::1]'],
  // names
  ...['localhost', 'LocalHost', 'localhost.', 'ⓛocalhost', 'a.localhost', 'printer.local', 'metadata.google.internal'],
];

it.each(HOSTS)('refuses http://%s', async (host) => {
  // Were the name rule or the literal rule missing, the resolver would lead to the canary.
  const resolver = new ScriptedResolver([['127.0.0.1']]);
  const run = createHandler({ allow: [], resolver }).run(taskOf({ url: `http://${host}:${canary.port}/` }));
  await expect(run).rejects.toBeInstanceOf(NonRetryableFailure);
  await expect(run).rejects.toMatchObject(forbidden);
  expect(resolver.asked).toEqual([]);
  expect(canary.hits).toEqual([]);
});

it('knows at least forty ways in', () => expect(HOSTS.length).toBeGreaterThanOrEqual(40));

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
