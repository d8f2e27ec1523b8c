/**
 * An array of ids or numbers as PostgreSQL reads it. The driver would look at every element for what must be escaped,
 * of which these have nothing: with some hundreds a statement that is felt.
 */
export const arrayLiteral = (elements: readonly (string | number)[]): string => `{${elements.join(',')}}`;
