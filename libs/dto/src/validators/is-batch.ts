import { MAX_BATCH_ITEMS } from '@taskpilot/contracts';
import { Check } from './check.ts';

/** A list that is neither empty nor too long. What its items are is judged item by item: each has its own answer. */
export const IsBatch = (): PropertyDecorator =>
  Check('isBatch', (value) =>
    Array.isArray(value) && value.length >= 1 && value.length <= MAX_BATCH_ITEMS
      ? null
      : `must be a list of 1 to ${MAX_BATCH_ITEMS} tasks`,
  );
