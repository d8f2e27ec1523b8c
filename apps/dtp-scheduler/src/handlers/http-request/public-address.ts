import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** All that IANA has given to the public so far. Keeps out IPv4-compatible and other forms that embed an address. */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');

/** Azure's metadata and agent server, on an address of the public range. */
const AZURE_WIRE_SERVER = '168.63.129.16';

/**
 * Whether an IP address belongs to the public internet. A closed rule: only plain unicast passes, so loopback, private,
 * link-local (metadata), CGNAT, multicast, reserved, documentation and benchmark ranges do not; nor do NAT64, 6to4 and
 * Teredo, behind which any IPv4 address may hide. IPv4-mapped addresses are judged as the IPv4 address they stand for.
 */
export function isPublicAddress(text: string): boolean {
  if (isIP(text) === 0) return false;
  const address = ipaddr.process(text);
  if (address.range() !== 'unicast') return false;
  return address.kind() === 'ipv6' ? address.match(GLOBAL_UNICAST) : address.toString() !== AZURE_WIRE_SERVER;
}

/** Names that lead inside by convention, whatever a resolver says today. */
export function isInternalName(host: string): boolean {
  return /(?:^|\.)(?:localhost|local|internal)$/.test(host);
}
