import { Check } from './check.ts';

/** A JSON integer within bounds. Text that looks like a number is refused, never converted. */
export const IsIntegerBetween = (min: number, max: number): PropertyDecorator =>
  Check('isIntegerBetween', (value) =>
    Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max
      ? null
      : `must be an integer from ${min} to ${max}`,
  );

/** A JSON number within bounds, decimals allowed. */
export const IsNumberBetween = (min: number, max: number): PropertyDecorator =>
  Check('isNumberBetween', (value) =>
    typeof value === 'number' && value >= min && value <= max ? null : `must be a number from ${min} to ${max}`,
  );
