import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** A host as the guard sees it: lower case, IPv6 without brackets, no dot at the end. */
export interface Target {
  readonly host: string;
  readonly port: number;
}

type Network = ReturnType<typeof ipaddr.parseCIDR>;

interface Entry {
  readonly host: string;
  /** `null` for a name. */
  readonly network: Network | null;
  /** `null` for any. */
  readonly port: number | null;
}

/** The internal targets that are open all the same: `host`, `host:port`, an address, `address:port`, or a CIDR. */
export class AllowList {
  private readonly entries: readonly Entry[];

  constructor(entries: readonly string[]) {
    this.entries = entries.map(parseEntry);
  }

  /** Whether the host is open by name, wherever it leads. */
  allowsHost({ host, port }: Target): boolean {
    return this.entries.some((entry) => entry.network === null && entry.host === host && opens(entry, port));
  }

  allowsAddress(address: string, port: number): boolean {
    return this.entries.some((entry) => entry.network !== null && holds(entry.network, address) && opens(entry, port));
  }
}

/** The host of a URL in the form that entries are kept in. */
export function bareHost(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '').replace(/\.+$/, '');
}

/** The config reader has checked the form; what it lets through and this cannot read stops the boot. */
function parseEntry(text: string): Entry {
  if (text.includes('/')) return { host: text, network: ipaddr.parseCIDR(text), port: null };
  const authority = isIP(text) === 6 ? `[${text}]` : text;
  // Through the URL parser, so that an entry meets a target in the same notation, however either was written.
  const host = bareHost(new URL(`http://${authority}`));
  const port = /:(\d+)$/.exec(authority)?.[1];
  return { host, network: networkOf(host), port: port === undefined ? null : Number(port) };
}

function networkOf(host: string): Network | null {
  if (isIP(host) === 0) return null;
  const address = ipaddr.process(host);
  return ipaddr.parseCIDR(`${address.toString()}/${address.kind() === 'ipv4' ? 32 : 128}`);
}

function holds(network: Network, text: string): boolean {
  const address = ipaddr.process(text);
  return address.kind() === network[0].kind() && address.match(network);
}

function opens(entry: Entry, port: number): boolean {
  return entry.port === null || entry.port === port;
}
