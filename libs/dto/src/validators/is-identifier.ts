import { IDENTIFIER_PATTERN } from '@taskpilot/contracts';
import { Check } from './check.ts';

export const IDENTIFIER_RULE =
  'must be 1 to 100 letters, digits, dots, underscores or hyphens, the first a letter or a digit';

/** A name of a type or a queue. */
export const IsIdentifier = (): PropertyDecorator =>
  Check('isIdentifier', (value) =>
    typeof value === 'string' && IDENTIFIER_PATTERN.test(value) ? null : IDENTIFIER_RULE,
  );
