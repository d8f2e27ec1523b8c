import { AllowList } from './allow-list.ts';

it.each([
  ['hooks.internal', 'hooks.internal', 80, true],
  ['hooks.internal:8080', 'hooks.internal', 8080, true],
  ['hooks.internal:8080', 'hooks.internal', 80, false],
  ['hooks.internal', 'a.hooks.internal', 80, false],
  ['internal', 'hooks.internal', 80, false],
  ['127.0.0.1', '127.0.0.1', 80, false],
])('%s opens the host %s on port %i: %s', (entry, host, port, opened) => {
  expect(new AllowList([entry]).allowsHost({ host, port })).toBe(opened);
});

it.each([
  ['127.0.0.1', '127.0.0.1', 80, true],
  ['127.0.0.1', '::ffff:127.0.0.1', 80, true],
  ['127.0.0.1', '127.0.0.2', 80, false],
  ['127.0.0.1:80', '127.0.0.1', 80, true],
  ['127.0.0.1:80', '127.0.0.1', 81, false],
  ['10.0.0.0/8', '10.255.0.1', 443, true],
  ['10.0.0.0/8', '11.0.0.1', 443, false],
  ['10.0.0.0/8', '::1', 443, false],
  ['::1', '0:0::1', 80, true],
  ['[::1]:8080', '::1', 8080, true],
  ['[::1]:8080', '::1', 80, false],
  ['fd00::/8', 'fd12::1', 80, true],
  ['fd00::/8', '127.0.0.1', 80, false],
  ['localhost', '127.0.0.1', 80, false],
])('%s opens the address %s on port %i: %s', (entry, address, port, opened) => {
  expect(new AllowList([entry]).allowsAddress(address, port)).toBe(opened);
});

it('is closed when empty', () => {
  expect(new AllowList([]).allowsHost({ host: 'localhost', port: 80 })).toBe(false);
  expect(new AllowList([]).allowsAddress('127.0.0.1', 80)).toBe(false);
});

it.each(['a b', '10.0.0.0/40'])('stops the boot at %j', (entry) => {
  expect(() => new AllowList([entry])).toThrow();
});
