/**
 * An array of ids or numbers as PostgreSQL reads it. The driver would look at every element for what must be escaped,
 * of which these have nothing: with some hundreds a statement that is felt.
 */
export const arrayLiteral = (elements: readonly (string | number)[]): string => `{${elements.join(',')}}`;

/**
 * The same of texts that may be absent, for which the driver puts together two strings an element. Each is quoted: that
 * is what tells the text `NULL` from none, and keeps an empty one.
 */
export const textArrayLiteral = (texts: readonly (string | null)[]): string =>
  arrayLiteral(texts.map((text) => (text === null ? 'NULL' : `"${escaped(text)}"`)));

const escaped = (text: string): string => (/["\\]/.test(text) ? text.replace(/["\\]/g, '\\$&') : text);
