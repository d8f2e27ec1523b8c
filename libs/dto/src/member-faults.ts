import { type FieldError, IDENTIFIER_PATTERN, LIMITS } from '@taskpilot/contracts';
import { IDENTIFIER_RULE } from './validators/is-identifier.ts';
import { isJsonObject } from './validators/is-json-object.ts';
import { characterCount } from './validators/is-text.ts';

/**
 * What is wrong with single labels, each with its own pointer: a class-validator constraint can only point at the
 * field as a whole. Expects an object.
 */
export function findLabelFaults(labels: Readonly<Record<string, unknown>>): FieldError[] {
  const faults: FieldError[] = [];
  for (const [key, value] of Object.entries(labels)) {
    const pointer = pointerTo('labels', key);
    if (!IDENTIFIER_PATTERN.test(key)) faults.push({ pointer, detail: `the label's key ${IDENTIFIER_RULE}` });
    if (typeof value !== 'string' || characterCount(value) > LIMITS.labelValueLength) {
      faults.push({ pointer, detail: `must be a string of at most ${LIMITS.labelValueLength} characters` });
    }
  }
  return faults;
}

/**
 * Headers of an `http.request` that would break out of their line. Both planes refuse them at the door; everything
 * else about a payload is judged by the execution plane, which knows its handlers.
 */
export function findHeaderFaults(task: { readonly type: string; readonly payload?: unknown }): FieldError[] {
  if (task.type !== 'http.request' || !isJsonObject(task.payload) || !isJsonObject(task.payload.headers)) return [];
  return Object.entries(task.payload.headers)
    .filter(([name, value]) => breaksLine(name) || breaksLine(value))
    .map(([name]) => ({ pointer: pointerTo('payload', 'headers', name), detail: 'must not hold CR, LF or NUL' }));
}

function breaksLine(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(breaksLine);
  return typeof value === 'string' && /[\r\n\0]/.test(value);
}

/** A JSON Pointer (RFC 6901) of member names. */
function pointerTo(...names: readonly string[]): string {
  return names.map((name) => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
