/** Digits that any integer of this many digits fits into a double exactly. */
const ALWAYS_EXACT_DIGITS = 15;
const NON_ZERO_MANTISSA = /^-?[0.]*[1-9]/;

/**
 * What keeps a number literal of valid JSON from being carried exactly, or `null`. Integers must be exact; decimals
 * are doubles, as everywhere in JSON, as long as they neither overflow nor vanish.
 */
export function findNumberFault(literal: string): string | null {
  if (literal.length <= ALWAYS_EXACT_DIGITS && !/[eE]/.test(literal)) return null;
  const value = Number(literal);
  if (/^-?\d+$/.test(literal)) return Number.isSafeInteger(value) ? null : 'is an integer beyond 2^53-1';
  if (!Number.isFinite(value)) return 'is a number too large for a double';
  return value === 0 && NON_ZERO_MANTISSA.test(literal) ? 'is a number too small for a double' : null;
}
