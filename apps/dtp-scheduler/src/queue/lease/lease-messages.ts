/** What the thread is started with. */
export interface LeaseThreadOptions {
  readonly url: string;
  readonly leaseMs: number;
  readonly buffer: SharedArrayBuffer;
  /** Whether to kill the process when its main thread has been blocked for a whole lease. */
  readonly watchdog: boolean;
}

export type ToLeaseThread =
  | { readonly kind: 'acquire'; readonly workerId: string; readonly types: readonly string[] }
  | { readonly kind: 'abandon' }
  | { readonly kind: 'close' };

export type FromLeaseThread =
  | { readonly kind: 'acquired' | 'lapsed'; readonly workerId: string }
  /** Heartbeats fail; they are tried again. */
  | { readonly kind: 'trouble'; readonly message: string };
