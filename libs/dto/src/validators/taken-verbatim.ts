import 'reflect-metadata';
import { isJsonObject } from './is-json-object.ts';

type Class<T extends object> = new () => T;

const TAKEN_VERBATIM = Symbol('taken verbatim');
const NESTED = Symbol('nested');

/**
 * Marks a class whose members are all taken as they were parsed, and checked as that. Nothing is transformed, so
 * class-transformer, which would clone every value and drop members whose names an object inherits, is not asked.
 * A class nested in it is named by `IsNested`. Not inherited: each class says so for itself.
 */
export const TakenVerbatim = (): ClassDecorator => (type) => Reflect.defineMetadata(TAKEN_VERBATIM, true, type);

export function isTakenVerbatim(type: Class<object>): boolean {
  return Reflect.getOwnMetadata(TAKEN_VERBATIM, type) === true;
}

/** Names the class of a member's value. */
export function defineNested(prototype: object, name: string | symbol, type: Class<object>): void {
  Reflect.defineMetadata(NESTED, [...nestedIn(prototype), [name, type]], prototype);
}

const nestedIn = (prototype: object): readonly [name: string, type: Class<object>][] =>
  Reflect.getMetadata(NESTED, prototype) ?? [];

/** An instance of such a class with the members of a parsed object, unchecked. */
export function takeVerbatim<T extends object>(type: Class<T>, members: object): T {
  const dto = Object.assign(new type(), members);
  for (const [name, nested] of nestedIn(type.prototype)) {
    const value: unknown = Reflect.get(dto, name);
    if (isJsonObject(value)) Reflect.set(dto, name, takeVerbatim(nested, value));
  }
  return dto;
}
