import { Check } from './check.ts';

/** Characters as PostgreSQL and JSON Schema count them: code points, not UTF-16 units. */
export function characterCount(text: string): number {
  return Array.from(text).length;
}

/** Text of 1 to `max` characters that is more than blanks. */
export const IsText = (max: number): PropertyDecorator =>
  Check('isText', (value) => {
    if (typeof value !== 'string') return 'must be a string';
    if (!/\S/u.test(value)) return 'must not be blank';
    return characterCount(value) <= max ? null : `must be at most ${max} characters long`;
  });
