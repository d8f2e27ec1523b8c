import { ValidateNested } from 'class-validator';
import { Check } from './check.ts';
import { NOT_AN_OBJECT } from './is-json-object.ts';
import { defineNested } from './taken-verbatim.ts';

/** An object that has the members of a class, within one that is `TakenVerbatim`. */
export const IsNested =
  (type: new () => object): PropertyDecorator =>
  (prototype, name) => {
    defineNested(prototype, name, type);
    ValidateNested({ message: NOT_AN_OBJECT })(prototype, name);
    // ValidateNested refuses what is no object, but not null, and not a list of them.
    Check('isNoList', (value) => (value === null || Array.isArray(value) ? NOT_AN_OBJECT : null))(prototype, name);
  };
