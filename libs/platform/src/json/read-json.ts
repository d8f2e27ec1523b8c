import { isUtf8 } from 'node:buffer';
import { LIMITS } from '@taskpilot/contracts';
import { ProblemError } from '../problem/problem-error.ts';
import { findJsonFault } from './find-json-fault.ts';
import { isPlainJson } from './is-plain-json.ts';
import { jsonPointer } from './pointer.ts';

/**
 * Reads a request body strictly: what could not be carried unaltered is refused, never repaired.
 * @param maxDepth how many containers may stand within each other
 * @throws ProblemError `MALFORMED_JSON`, which points at the place
 */
export function readJson(body: Buffer, maxDepth: number = LIMITS.jsonDepth): unknown {
  if (body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf) throw malformed('starts with a byte order mark');
  if (!isUtf8(body)) throw malformed('is not valid UTF-8');
  const text = body.toString('utf8');
  const value = parse(text);
  if (isPlainJson(text, value, maxDepth)) return value;
  const fault = findJsonFault(text, maxDepth);
  if (fault) throw malformed(fault.detail, jsonPointer(fault.path));
  return value;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw malformed(`does not parse: ${error instanceof Error ? error.message : 'bad syntax'}`);
  }
}

function malformed(detail: string, pointer = ''): ProblemError {
  const place = pointer === '' ? 'The body' : `${pointer} of the body`;
  return new ProblemError('MALFORMED_JSON', `${place} ${detail}.`, { errors: [{ pointer, detail }] });
}
