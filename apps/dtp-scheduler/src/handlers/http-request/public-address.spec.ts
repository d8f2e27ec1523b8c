import { isInternalName, isPublicAddress } from './public-address.ts';

it.each(['8.8.8.8', '1.1.1.1', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '2a00:1450:4001::1', '::ffff:8.8.8.8'])(
  '%s is public',
  (address) => expect(isPublicAddress(address)).toBe(true),
);

// The internal ones stand in target-guard.spec.ts, where a canary listens.
it.each(['', 'example.com', '1', '127.1', '::ffff:10.0.0.1', 'fe80::1%eth0', '8.8.8.8/8'])('%j is not', (text) =>
  expect(isPublicAddress(text)).toBe(false),
);

it.each([
  ['localhost', true],
  ['a.localhost', true],
  ['local', true],
  ['notlocalhost', false],
  ['local.example.com', false],
  ['internal.example', false],
])('%s is an internal name: %s', (name, expected) => expect(isInternalName(name)).toBe(expected));
