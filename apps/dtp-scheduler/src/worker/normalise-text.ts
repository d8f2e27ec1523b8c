const REPLACEMENT = '\uFFFD';

/** Text that PostgreSQL and every JSON reader take: NUL characters and lone surrogates become U+FFFD. */
export function normaliseText(text: string): string {
  const wellFormed = text.isWellFormed() ? text : text.toWellFormed();
  return wellFormed.includes('\0') ? wellFormed.replaceAll('\0', REPLACEMENT) : wellFormed;
}
