const DAY_MS = 86_400_000;

/** The bounds of the contract. Sizes in bytes, durations in milliseconds, lengths in characters. */
export const LIMITS = Object.freeze({
  bodyBytes: 256 * 1024,
  jsonDepth: 32,
  nameLength: 200,
  labels: 32,
  labelValueLength: 200,
  idempotencyKeyLength: 200,
  requestIdLength: 128,
  minPriority: -100,
  maxPriority: 100,
  maxTimeoutMs: DAY_MS,
  maxAttempts: 1_000,
  maxInitialDelayMs: DAY_MS,
  maxFactor: 100,
  maxDelayMs: 7 * DAY_MS,
  pageSize: 50,
  maxPageSize: 200,
  /** Of payloads and results. A page ends once it has so many, however many tasks were asked for. */
  pageBytes: 4 * 1024 * 1024,
});

/** What a task takes when its creator leaves the field out. */
export const TASK_DEFAULTS = Object.freeze({ queue: 'default', priority: 0, timeoutMs: 60_000 });

/** Names of types, queues and label keys. */
export const IDENTIFIER_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/** Any RFC 9562 UUID, in either case. Ours are version 7. */
export const UUID_PATTERN = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
