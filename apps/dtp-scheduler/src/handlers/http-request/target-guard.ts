import type { LookupAddress } from 'node:dns';
import { isIP } from 'node:net';
import { Injectable } from '@nestjs/common';
import { DtpConfig } from '@taskpilot/platform';
import { AllowList, bareHost, type Target } from './allow-list.ts';
import { HostResolver } from './host-resolver.ts';
import { connectionFailed, targetForbidden } from './http-failures.ts';
import { isInternalName, isPublicAddress } from './public-address.ts';

/**
 * Keeps tasks from reaching internal addresses (SSRF). Literals are judged as they stand: a `lookup` hook is never
 * called for them. A name is resolved once, here, and all its addresses are judged; the caller must connect to those
 * and resolve nothing again, or a resolver that changes its answer (DNS rebinding) slips through.
 *
 * In development everything is open: the targets that people try things on are on their own machine.
 */
@Injectable()
export class TargetGuard {
  private readonly isOpen: boolean;
  private readonly allowed: AllowList;

  constructor(
    config: DtpConfig,
    private readonly resolver: HostResolver,
  ) {
    this.isOpen = config.nodeEnv === 'development';
    this.allowed = new AllowList(config.httpTaskAllow);
  }

  /**
   * The addresses that a connection for this URL may go to, at least one.
   * @throws NonRetryableFailure `TARGET_FORBIDDEN` when it leads inside and is not allowed to
   * @throws TaskFailure `CONNECTION_FAILED` when the host cannot be resolved
   */
  async vet(url: URL, signal: AbortSignal): Promise<readonly LookupAddress[]> {
    const target = targetOf(url);
    const isHostOpen = this.isOpen || this.allowed.allowsHost(target);
    if (!isHostOpen && isInternalName(target.host)) throw targetForbidden(target);
    const addresses = await this.resolve(url, target.host, signal);
    if (!isHostOpen && !addresses.every(({ address }) => this.isReachable(address, target.port))) {
      throw targetForbidden(target);
    }
    return addresses;
  }

  private isReachable(address: string, port: number): boolean {
    return isPublicAddress(address) || this.allowed.allowsAddress(address, port);
  }

  private async resolve(url: URL, host: string, signal: AbortSignal): Promise<readonly LookupAddress[]> {
    const family = isIP(host);
    if (family !== 0) return [{ address: host, family }];
    try {
      const addresses = await unlessAborted(this.resolver.resolve(host), signal);
      if (addresses.length === 0) throw Object.assign(new Error('it has no address'), { code: 'ENOTFOUND' });
      return addresses;
    } catch (error) {
      signal.throwIfAborted();
      throw connectionFailed(url, error);
    }
  }
}

function targetOf(url: URL): Target {
  return { host: bareHost(url), port: Number(url.port || (url.protocol === 'https:' ? 443 : 80)) };
}

/** Name resolution cannot be aborted; its answer is no longer waited for. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  // A signal that fired before it was listened to says nothing any more.
  if (signal.aborted) abort();
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
