import { Transform } from 'class-transformer';

/**
 * Keeps the field exactly as it was parsed. Without it class-transformer clones the value, and drops members whose
 * names an object inherits (`toString`, `valueOf`) on the way.
 */
export const Verbatim = (): PropertyDecorator => Transform(({ obj, key }) => obj[key]);
