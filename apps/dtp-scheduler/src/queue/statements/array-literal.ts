/**
 * An array of ids or numbers as PostgreSQL reads it. The driver would look at every element for what must be escaped,
 * of which these have nothing: with some hundreds a statement that is felt.
 */
export const arrayLiteral = (elements: readonly (string | number)[]): string => `{${elements.join(',')}}`;

/** The same of texts that may be absent. The driver puts together one string for each element, and then one of two. */
export const textArrayLiteral = (texts: readonly (string | null)[]): string =>
  arrayLiteral(texts.map((text) => (text === null ? 'NULL' : `"${escaped(text)}"`)));

const escaped = (text: string): string => (/["\\]/.test(text) ? text.replace(/["\\]/g, '\\$&') : text);
