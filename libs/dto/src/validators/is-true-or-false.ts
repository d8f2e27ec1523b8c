import { Check } from './check.ts';

export const IsTrueOrFalse = (): PropertyDecorator =>
  Check('isTrueOrFalse', (value) => (typeof value === 'boolean' ? null : 'must be true or false'));
