import { FORBIDDEN_KEYS } from './find-json-fault.ts';

const QUOTE = 0x22;
const MINUS = 0x2d;
const NINE = 0x39;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const LOWER_U = 0x75;

/** A literal no longer than this, without an exponent, is carried exactly. */
const EXACT_LENGTH = 15;

/**
 * Whether a body is so plain that nothing in it can be refused: then the slower search for a fault is spared, which
 * nearly every request is. Says no too often rather than yes once wrongly.
 * Measured on a body of 1 KB: 7 µs, against 20 µs for the search and 12 µs for `JSON.parse`.
 *
 * @param text valid JSON
 * @param value what it parses to: fewer members there than colons here means that a key occurs twice
 */
export function isPlainJson(text: string, value: unknown, maxDepth: number): boolean {
  let members = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === QUOTE) {
      at++;
      for (let inner = text.charCodeAt(at); inner !== QUOTE; inner = text.charCodeAt(++at)) {
        if (inner === BACKSLASH && text.charCodeAt(++at) === LOWER_U) return false;
      }
    } else if (char === COLON) members++;
    else if (char <= NINE && char >= MINUS) {
      const start = at;
      while (isDigitOrPoint(text.charCodeAt(at + 1))) at++;
      if (at - start >= EXACT_LENGTH || (text.charCodeAt(at + 1) | 0x20) === 0x65) return false;
    }
  }
  return countMembers(value, maxDepth) === members;
}

const isDigitOrPoint = (char: number) => char <= NINE && char > MINUS;

/** `NaN`, which equals nothing, when it is nested too deeply or has a forbidden key. */
function countMembers(value: unknown, depthLeft: number): number {
  if (typeof value !== 'object' || value === null) return 0;
  if (depthLeft === 0) return Number.NaN;
  let members = 0;
  if (Array.isArray(value)) for (const item of value) members += countMembers(item, depthLeft - 1);
  else {
    for (const key in value) {
      if (FORBIDDEN_KEYS.has(key)) return Number.NaN;
      members += 1 + countMembers((value as Record<string, unknown>)[key], depthLeft - 1);
    }
  }
  return members;
}
