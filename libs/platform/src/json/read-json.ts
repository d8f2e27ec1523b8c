import { isUtf8 } from 'node:buffer';
import { LIMITS } from '@taskpilot/contracts';
import { ProblemError } from '../problem/problem-error.ts';
import { findElements } from './find-elements.ts';
import { findJsonFault, type JsonFault } from './find-json-fault.ts';
import { isPlainJson } from './is-plain-json.ts';
import { jsonPointer } from './pointer.ts';

/** How a body is read that differs from others. */
export interface JsonOptions {
  /** How many containers may stand within each other. */
  readonly maxDepth?: number;
  /**
   * A member whose elements are judged each by itself, as bodies of their own: in the place of one that is refused stands
   * its `ProblemError`.
   */
  readonly apart?: string;
}

/**
 * Reads a request body strictly: what could not be carried unaltered is refused, never repaired.
 * @throws ProblemError `MALFORMED_JSON`, which points at the place
 */
export function readJson(body: Buffer, { maxDepth = LIMITS.jsonDepth, apart }: JsonOptions = {}): unknown {
  if (body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf) throw malformed('starts with a byte order mark');
  if (!isUtf8(body)) throw malformed('is not valid UTF-8');
  const text = body.toString('utf8');
  const value = parse(text);
  if (isPlainJson(text, value, maxDepth)) return value;
  const fault = findJsonFault(text, maxDepth);
  if (fault && !(apart !== undefined && judgeApart(text, value, apart))) throw refusal(fault);
  return value;
}

/** False where what is wrong does not stand within the elements alone: then all of the body is refused. */
function judgeApart(text: string, value: unknown, member: string): boolean {
  const list = (value as Readonly<Record<string, unknown>> | null)?.[member];
  if (!Array.isArray(list)) return false;
  const { texts, rest } = findElements(text, member);
  if (texts.length !== list.length || findJsonFault(rest, LIMITS.jsonDepth)) return false;
  for (const [index, element] of texts.entries()) {
    const fault = findJsonFault(element, LIMITS.jsonDepth);
    if (fault) list[index] = refusal(fault);
  }
  return true;
}

const refusal = ({ detail, path }: JsonFault): ProblemError => malformed(detail, jsonPointer(path));

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
