import { findNumberFault } from './json-number.ts';

/** Why a JSON text is refused, and the path of member names and indexes to the place. */
export interface JsonFault {
  readonly path: readonly (string | number)[];
  readonly detail: string;
}

interface Container {
  /** The keys seen so far; `null` for an array. */
  readonly keys: Set<string> | null;
  /** Where the scan stands in it: a member's name, or an index; `null` before a name. */
  step: string | number | null;
}

export const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/**
 * The first thing in a JSON text that `JSON.parse` takes but that could not be carried unaltered. Trusts the syntax,
 * so parse first. One pass, no recursion: depth costs nothing.
 *
 * @param text valid JSON decoded from valid UTF-8: a NUL or a lone surrogate can then only hide in an escape
 * @param maxDepth how many containers may stand within each other
 */
export function findJsonFault(text: string, maxDepth: number): JsonFault | null {
  const open: Container[] = [];
  let top: Container | undefined;
  let awaitsKey = false;
  const fault = (detail: string): JsonFault => ({ path: pathTo(open), detail });

  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === QUOTE) {
      const end = endOfString(text, at);
      const content = text.slice(at + 1, end);
      const isEscaped = content.includes('\\');
      const string = isEscaped ? (JSON.parse(text.slice(at, end + 1)) as string) : content;
      const charFault = isEscaped ? findCharFault(string) : null;
      if (awaitsKey && top?.keys) {
        if (charFault) return fault(`has a key that ${charFault}`);
        top.step = string;
        if (FORBIDDEN_KEYS.has(string)) return fault('is a key that is not allowed');
        if (top.keys.has(string)) return fault('is a key that occurs twice');
        top.keys.add(string);
      } else if (charFault) return fault(charFault);
      at = end;
    } else if (char === COLON) awaitsKey = false;
    else if (char === COMMA) {
      awaitsKey = Boolean(top?.keys);
      if (top) top.step = typeof top.step === 'number' ? top.step + 1 : null;
    } else if (char === OPEN_BRACE || char === OPEN_BRACKET) {
      if (open.length === maxDepth) return fault(`is nested over ${maxDepth} levels deep`);
      awaitsKey = char === OPEN_BRACE;
      top = awaitsKey ? { keys: new Set(), step: null } : { keys: null, step: 0 };
      open.push(top);
    } else if (char === CLOSE_BRACE || char === CLOSE_BRACKET) {
      open.pop();
      top = open.at(-1);
      awaitsKey = false;
    } else if (char === MINUS || (char >= ZERO && char <= NINE)) {
      const end = endOfNumber(text, at);
      const numberFault = findNumberFault(text.slice(at, end));
      if (numberFault) return fault(numberFault);
      at = end - 1;
    }
  }
  return null;
}

function pathTo(open: readonly Container[]): (string | number)[] {
  return open.map(({ step }) => step).filter((step) => step !== null);
}

function findCharFault(string: string): string | null {
  if (string.includes('\0')) return 'holds a NUL character';
  return string.isWellFormed() ? null : 'holds a lone surrogate';
}

/** The index of the quote that ends the string which begins at `start`. */
export function endOfString(text: string, start: number): number {
  let end = start;
  do end = text.indexOf('"', end + 1);
  while (isEscapedAt(text, end));
  return end;
}

function isEscapedAt(text: string, at: number): boolean {
  let backslashes = 0;
  while (text.charCodeAt(at - 1 - backslashes) === BACKSLASH) backslashes++;
  return backslashes % 2 === 1;
}

/** The index after the number which begins at `start`: of what can follow one, nothing looks like a part of it. */
function endOfNumber(text: string, start: number): number {
  let end = start + 1;
  while (end < text.length && isNumberPart(text.charCodeAt(end))) end++;
  return end;
}

function isNumberPart(char: number): boolean {
  return (
    (char >= ZERO && char <= NINE) || char === 0x2e || char === 0x65 || char === 0x45 || char === 0x2b || char === MINUS
  );
}
