import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';

/** Finds the addresses of a host; the token it is injected by. */
export abstract class HostResolver {
  /** @throws an error with a `code` such as `ENOTFOUND` */
  abstract resolve(host: string): Promise<readonly LookupAddress[]>;
}

/** Asks the operating system, `/etc/hosts` included, as any other client on this machine would. */
export class SystemHostResolver extends HostResolver {
  override resolve(host: string): Promise<readonly LookupAddress[]> {
    return lookup(host, { all: true });
  }
}
