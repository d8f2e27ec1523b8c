import { SchedulerFailure } from './scheduler-client.ts';

const UNREACHABLE: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EAI_FAIL',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'EADDRNOTAVAIL',
]);

const BROKEN: ReadonlySet<string> = new Set(['ECONNRESET', 'ECONNABORTED', 'EPIPE']);

/** What an error of the HTTP client means. `isLate`: our own time limit has struck. */
export function toSchedulerFailure(error: unknown, isLate: boolean, timeoutMs: number): SchedulerFailure {
  const code = codeOf(error);
  if (isLate || code === 'ETIMEDOUT') {
    return new SchedulerFailure('timeout', `DTP did not answer within ${timeoutMs} ms.`, { cause: error });
  }
  if (BROKEN.has(code)) {
    return new SchedulerFailure('lost', `The connection to DTP broke before it answered (${code}).`, { cause: error });
  }
  if (UNREACHABLE.has(code)) {
    return new SchedulerFailure('unavailable', `DTP cannot be reached (${code}).`, { cause: error });
  }
  return new SchedulerFailure('nonsense', `DTP gave an answer that cannot be read (${code || 'no code'}).`, {
    cause: error,
  });
}

export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
