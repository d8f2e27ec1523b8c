import { validateHeaderName, validateHeaderValue } from 'node:http';
import { HEADERS } from '@taskpilot/contracts';
import { isJsonObject } from '@taskpilot/dto';

const MAX_HEADERS = 64;
const MAX_VALUE_LENGTH = 8_192;

/** About the connection, not the request: the sender alone can set them rightly. A forged one smuggles requests. */
const CONNECTION_HEADERS = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** By these a target recognises a repeat and joins the trace: they must be true. */
const DTP_HEADERS = new Set<string>([HEADERS.idempotencyKey, HEADERS.taskAttempt, HEADERS.traceparent]);

/** Says what is wrong with the headers of a payload, or `null`. */
export function findHeadersFault(value: unknown): string | null {
  if (!isJsonObject(value)) return 'must be an object of header names and string values';
  const headers = Object.entries(value);
  if (headers.length > MAX_HEADERS) return `must hold at most ${MAX_HEADERS} headers`;
  const seen = new Set<string>();
  for (const [name, text] of headers) {
    const fault = findNameFault(name) ?? findValueFault(name, text);
    if (fault !== null) return fault;
    if (seen.has(name.toLowerCase())) return `must name ${name} only once, whatever the case of its letters`;
    seen.add(name.toLowerCase());
  }
  return null;
}

function findNameFault(name: string): string | null {
  if (name.length > 100 || !passes(() => validateHeaderName(name))) {
    return `must hold valid header names of at most 100 characters, not ${JSON.stringify(name.slice(0, 100))}`;
  }
  const lowerCased = name.toLowerCase();
  if (CONNECTION_HEADERS.has(lowerCased)) return `must not hold ${name}: it is set for the connection`;
  if (DTP_HEADERS.has(lowerCased)) return `must not hold ${name}: DTP sets it from the task`;
  return null;
}

function findValueFault(name: string, value: unknown): string | null {
  if (typeof value !== 'string') return `must hold a string as the value of ${name}`;
  if (value.length > MAX_VALUE_LENGTH) return `must hold at most ${MAX_VALUE_LENGTH} characters in ${name}`;
  return passes(() => validateHeaderValue(name, value))
    ? null
    : `must hold only visible Latin-1 characters, blanks and tabs in ${name}: no CR, LF or NUL`;
}

/** Node's own check, because it is Node that would refuse to send the header, too late for anyone to be told. */
function passes(check: () => void): boolean {
  try {
    check();
    return true;
  } catch {
    return false;
  }
}
