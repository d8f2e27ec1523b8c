import { Check } from './check.ts';

export const IsOneOf = (values: readonly string[]): PropertyDecorator =>
  Check('isOneOf', (value) =>
    typeof value === 'string' && values.includes(value) ? null : `must be one of ${values.join(', ')}`,
  );
