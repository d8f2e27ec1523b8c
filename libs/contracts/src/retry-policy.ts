export const RETRY_STRATEGIES = ['fixed', 'linear', 'exponential'] as const;
export type RetryStrategy = (typeof RETRY_STRATEGIES)[number];

export const RETRY_JITTERS = ['none', 'full', 'equal'] as const;
export type RetryJitter = (typeof RETRY_JITTERS)[number];

/** When and how often a failed attempt is repeated. Durations in milliseconds. */
export interface RetryPolicy {
  /** Bounds the attempts that failed or timed out; lost, released and snoozed ones are not counted. */
  readonly maxAttempts: number;
  readonly strategy: RetryStrategy;
  readonly initialDelayMs: number;
  /** The multiplier of `exponential`; the other strategies ignore it. */
  readonly factor: number;
  readonly maxDelayMs: number;
  readonly jitter: RetryJitter;
}

export const DEFAULT_RETRY_POLICY: RetryPolicy = Object.freeze({
  maxAttempts: 5,
  strategy: 'exponential',
  initialDelayMs: 1_000,
  factor: 2,
  maxDelayMs: 300_000,
  jitter: 'full',
});

/** Whether it says the same as the default. */
export const isDefaultRetryPolicy = (policy: RetryPolicy): boolean =>
  policy === DEFAULT_RETRY_POLICY ||
  (Object.keys(DEFAULT_RETRY_POLICY) as (keyof RetryPolicy)[]).every(
    (field) => policy[field] === DEFAULT_RETRY_POLICY[field],
  );
