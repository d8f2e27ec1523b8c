/** Hosts of URLs that lead inside, each in a way of its own: what a guard against that must see through. */
export const INTERNAL_HOSTS: readonly string[] = [
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
