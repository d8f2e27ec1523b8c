import { findTimestampFault } from '../timestamp.ts';
import { Check } from './check.ts';

/** A time as `timestamp.ts` defines it. */
export const IsTimestamp = (): PropertyDecorator => Check('isTimestamp', findTimestampFault);
