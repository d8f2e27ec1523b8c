import { Check } from './check.ts';

export const NOT_AN_OBJECT = 'must be a JSON object';

export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export const IsJsonObject = (): PropertyDecorator =>
  Check('isJsonObject', (value) => (isJsonObject(value) ? null : NOT_AN_OBJECT));
