import { LIMITS, type TaskError } from '@taskpilot/contracts';
import type { Outcome, RetryAdvice } from '../domain/outcome.ts';
import { NonRetryableFailure, Snooze, TaskFailure } from '../handlers/task-handler.ts';
import { BoundedJson } from './bounded-json.ts';
import { normaliseText } from './normalise-text.ts';

const CODE_LENGTH = 100;
const MESSAGE_LENGTH = 2_000;
const STACK_LENGTH = 4_000;
/** Errors are kept with every attempt, and listed with all of them at once. */
const ERROR_BYTES = 8 * 1024;

/** What a handler meant by throwing. Anything can be thrown, so nothing about it is trusted. */
export function normaliseThrown(thrown: unknown): Outcome {
  try {
    if (thrown instanceof Snooze) return { kind: 'snoozed', delayMs: boundedDelayMs(thrown.delayMs) };
    if (thrown instanceof TaskFailure) return failed(normaliseError(thrown.error), adviceOf(thrown));
    return failed(handlerError(messageOf(thrown)));
  } catch {
    return failed(handlerError('The handler threw something that cannot be read.'));
  }
}

/**
 * The stack of what looks like a bug, for the log alone: its author needs it. `undefined` where the handler threw one of
 * the errors made for it.
 */
export function unexpectedStack(thrown: unknown): string | undefined {
  try {
    const meant = thrown instanceof Snooze || thrown instanceof TaskFailure;
    return thrown instanceof Error && !meant ? bounded(thrown.stack, STACK_LENGTH) : undefined;
  } catch {
    return undefined;
  }
}

const failed = (error: TaskError, advice: RetryAdvice = { kind: 'policy' }): Outcome => ({
  kind: 'failed',
  error,
  advice,
  timedOut: false,
});

const handlerError = (message: string): TaskError => ({ code: 'HANDLER_ERROR', message });

function messageOf(thrown: unknown): string {
  if (thrown instanceof Error) return bounded(thrown.message || thrown.name, MESSAGE_LENGTH);
  if (typeof thrown === 'string') return bounded(thrown, MESSAGE_LENGTH);
  const isJson = thrown !== undefined && typeof thrown !== 'symbol' && typeof thrown !== 'function';
  const shown = isJson ? BoundedJson.write(thrown, MESSAGE_LENGTH) : bounded(thrown, MESSAGE_LENGTH);
  return `The handler threw ${shown ?? `a large ${typeof thrown}`}.`;
}

function adviceOf(failure: TaskFailure): RetryAdvice {
  if (failure instanceof NonRetryableFailure) return { kind: 'never' };
  const { retryAfterMs } = failure;
  if (typeof retryAfterMs !== 'number' || Number.isNaN(retryAfterMs)) return { kind: 'policy' };
  return { kind: 'after', delayMs: boundedDelayMs(retryAfterMs) };
}

/** A handler's own error, its further members kept as long as they are small. */
function normaliseError(error: TaskError): TaskError {
  const { code, message, ...members } = error;
  const kept: TaskError = { code: bounded(code, CODE_LENGTH), message: bounded(message, MESSAGE_LENGTH) };
  const json = BoundedJson.write(members, ERROR_BYTES);
  if (json === undefined) return { ...kept, note: `Further members exceeded ${ERROR_BYTES} bytes and were not kept.` };
  // Named first for the reader's eye, and once more so that no member can pass for them.
  return { ...kept, ...JSON.parse(json), ...kept };
}

const bounded = (text: unknown, length: number): string => normaliseText(String(text).slice(0, length));

function boundedDelayMs(delayMs: unknown): number {
  const delay = Number(delayMs);
  return Number.isNaN(delay) ? 0 : Math.round(Math.min(Math.max(delay, 0), LIMITS.maxDelayMs));
}
