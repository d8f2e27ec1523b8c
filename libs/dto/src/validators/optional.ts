import { ValidateIf } from 'class-validator';

/** The field may be left out, but not be `null`: class-validator's own `IsOptional` lets `null` through. */
export const Optional = (): PropertyDecorator => ValidateIf((_, value) => value !== undefined);

/** The field may be left out or be `null`, which means the same. */
export const OptionalOrNull = (): PropertyDecorator => ValidateIf((_, value) => value !== undefined && value !== null);
