import { ValidateBy } from 'class-validator';

/** Says what is wrong with a value, or `null`. The text follows the field's name: "must be …". */
export type FindFault = (value: unknown) => string | null;

/**
 * Makes a class-validator decorator of one check. One check per field, so that one fault is told once; the text never
 * repeats the value, because class-validator expands `$value` and its like inside messages.
 */
export function Check(name: string, findFault: FindFault): PropertyDecorator {
  return ValidateBy({
    name,
    validator: {
      validate: (value: unknown) => findFault(value) === null,
      defaultMessage: (args) => (args?.value === undefined ? 'is required' : (findFault(args.value) ?? '')),
    },
  });
}
